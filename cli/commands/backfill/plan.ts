import { bookKey, bookName } from '../../../books/book-name.ts'
import type { CountedBook } from '../../../books/counted-book.ts'
import { editionOf } from '../../../books/line-header.ts'

export type ListedObject = { readonly key: string; readonly size: number; readonly etag: string }

export type BackfillPlan = {
  /** Objects that are not counted completely in their current edition. */
  readonly toIngest: readonly ListedObject[]
  readonly counted: number
  /** Keys of counted books without an object. */
  readonly removed: readonly string[]
}

export function planOf(
  objects: readonly ListedObject[],
  books: ReadonlyMap<string, CountedBook>,
  prefix: string,
): BackfillPlan {
  const names = new Set(objects.map(({ key }) => bookName(Buffer.from(key))))
  const toIngest = objects.filter((object) => !isCounted(object, books))
  const removed = [...books.values()]
    .filter(({ name, edition }) => edition !== null && !names.has(name))
    .map(({ name }) => bookKey(name).toString())
    .filter((key) => key.startsWith(prefix))
  return { toIngest, counted: objects.length - toIngest.length, removed }
}

/** An empty object has no lines, so it is up to date when no edition of the book is counted. */
function isCounted({ key, size, etag }: ListedObject, books: ReadonlyMap<string, CountedBook>): boolean {
  const book = books.get(bookName(Buffer.from(key)))
  if (size === 0) return book === undefined || book.edition === null
  return book?.complete === true && book.edition === editionOf(etag)
}
