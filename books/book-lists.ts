import { SortedList } from '../lib/sorted-list.ts'
import { type BookOrder, type CountedBook, orders } from './counted-book.ts'

export type BookQuery = {
  readonly order: BookOrder
  readonly prefix: string
  /** Part of the name. Case is ignored. */
  readonly search: string
}

export type BookList = Pick<SortedList<CountedBook>, 'size' | 'slice' | 'countBefore'>

type KeptList = {
  readonly matches: (book: CountedBook) => boolean
  readonly books: SortedList<CountedBook>
  changes: number
}

/** A list has 8 bytes for each of its books. */
const maxLists = 8

/** After more changes, sorting all books at the next read costs less. */
const maxChanges = 10_000

/** Keeps the lists that were read last, since a page reads the same list every second. */
export class BookLists {
  readonly #books: ReadonlyMap<string, CountedBook>
  /** The least recently read list is first. */
  readonly #lists = new Map<string, KeptList>()

  /** @param books the books of all lists, which the caller changes before each call of `replace` */
  constructor(books: ReadonlyMap<string, CountedBook>) {
    this.#books = books
  }

  /** Later changes are applied to the returned list. */
  read(query: BookQuery): BookList {
    const id = JSON.stringify([query.order, query.prefix, query.search])
    const list = this.#lists.get(id) ?? this.#open(query)
    list.changes = 0
    this.#lists.delete(id)
    this.#lists.set(id, list)
    const [oldest] = this.#lists.keys()
    if (this.#lists.size > maxLists) this.#lists.delete(oldest!)
    return list.books
  }

  /** @param after the same book as `before`. Either can be undefined. */
  replace(before: CountedBook | undefined, after: CountedBook | undefined): void {
    const book = after ?? before
    if (book === undefined) return
    for (const [id, list] of this.#lists) {
      if (!list.matches(book)) continue
      if (before !== undefined) list.books.remove(before)
      if (after !== undefined) list.books.add(after)
      if (++list.changes > maxChanges) this.#lists.delete(id)
    }
  }

  #open({ order, prefix, search }: BookQuery): KeptList {
    const matches = matcher(prefix, search)
    const books = [...this.#books.values()].filter(matches).sort(orders[order])
    return { matches, books: new SortedList(orders[order], books), changes: 0 }
  }
}

/** A regular expression ignores case without copying each name. */
function matcher(prefix: string, search: string): (book: CountedBook) => boolean {
  const wanted = new RegExp(search.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i')
  return ({ name }) => name.startsWith(prefix) && (search === '' || wanted.test(name))
}
