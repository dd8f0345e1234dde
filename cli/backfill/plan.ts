import type { CountedBook } from '../../lib/book-counts.ts'
import { bookKey, bookName } from '../../lib/book-name.ts'
import { editionOf } from '../../lib/line-header.ts'

/** An object as a listing names it. */
export type ListedObject = { readonly key: string; readonly size: number; readonly etag: string }

export type Plan = {
  /** Not counted, not in this edition, or not to its end. */
  readonly toIngest: readonly ListedObject[]
  /** How many are counted to the end as they are. */
  readonly counted: number
  /** Keys of books that were ingested once, and are in the bucket no more. */
  readonly gone: readonly string[]
}

/** What is to be done so that the counts are those of the bucket. `prefix`: of the keys that were listed. */
export function planOf(
  objects: readonly ListedObject[],
  books: ReadonlyMap<string, CountedBook>,
  prefix: string,
): Plan {
  const names = new Set(objects.map(({ key }) => bookName(Buffer.from(key))))
  const toIngest = objects.filter((object) => !isCounted(object, books))
  const gone = [...books.values()]
    .filter(({ name, edition }) => edition !== null && !names.has(name))
    .map(({ name }) => bookKey(name).toString())
    .filter((key) => key.startsWith(prefix))
  return { toIngest, counted: objects.length - toIngest.length, gone }
}

/** An empty object is no book: it must have no edition. */
function isCounted({ key, size, etag }: ListedObject, books: ReadonlyMap<string, CountedBook>): boolean {
  const book = books.get(bookName(Buffer.from(key)))
  if (size === 0) return book === undefined || book.edition === null
  return book?.complete === true && book.edition === editionOf(etag)
}
