import { maxKeyBytes } from '../book-name.ts'
import type { BookState } from '../book-state.ts'
import { countLine, hasGap, type Line } from './count.ts'

/** `book` is the key in canonical base64. */
export type CountedRecord = { readonly offset: number; readonly book: string | null; readonly line: Line }

/** The state of a book with a longer key can be too large. */
const maxKeyCharacters = 4 * Math.ceil(maxKeyBytes / 3)

/** `count` is null after a removal. */
export type Update = { readonly book: string; readonly count: number | null }

export type BatchTotals = ReturnType<typeof noTotals>

export function noTotals() {
  return { lines: 0, removals: 0, withoutKey: 0, withLongKey: 0, skippedAhead: 0, ignored: 0 }
}

export type PendingUpdate = {
  readonly updates: readonly Update[]
  readonly changed: ReadonlyMap<string, BookState | undefined>
  readonly next: number
  readonly totals: BatchTotals
}

export class Ledger {
  readonly #books: Map<string, BookState>
  #lines = 0
  #next: number

  constructor(next: number, books: Map<string, BookState> = new Map()) {
    this.#next = next
    this.#books = books
    for (const state of books.values()) this.#lines += state.lines
  }

  get next(): number {
    return this.#next
  }

  get books(): ReadonlyMap<string, BookState> {
    return this.#books
  }

  totals(staged?: PendingUpdate): { readonly books: number; readonly lines: number } {
    let books = this.#books.size
    let lines = this.#lines
    for (const [book, state] of staged?.changed ?? []) {
      const before = this.#books.get(book)
      books += Number(state !== undefined) - Number(before !== undefined)
      lines += (state?.lines ?? 0) - (before?.lines ?? 0)
    }
    return { books, lines }
  }

  stage(records: Iterable<CountedRecord>, upTo: number): PendingUpdate {
    const updates: Update[] = []
    const changed = new Map<string, BookState | undefined>()
    const totals = noTotals()
    for (const { offset, book, line } of records) {
      if (offset < this.#next) continue
      if (book === null) {
        totals.withoutKey++
        continue
      }
      if (book.length >= maxKeyCharacters && Buffer.byteLength(book, 'base64') > maxKeyBytes) {
        totals.withLongKey++
        continue
      }
      const before = changed.has(book) ? changed.get(book) : this.#books.get(book)
      const after = countLine(before, line)
      if (after === before) {
        if (hasGap(before, line)) totals.skippedAhead++
        else totals.ignored++
        continue
      }
      changed.set(book, after)
      updates.push({ book, count: after === undefined ? null : after.lines })
      if (after === undefined) totals.removals++
      else totals.lines++
    }
    return { updates, changed, next: Math.max(this.#next, upTo), totals }
  }

  /** Call it after the commit. */
  commit(staged: PendingUpdate): void {
    this.#lines = this.totals(staged).lines
    for (const [book, state] of staged.changed) {
      if (state === undefined) this.#books.delete(book)
      else this.#books.set(book, state)
    }
    this.#next = staged.next
  }
}

/** Returns each book's last update, in order, for `EMIT=batch`. */
export function lastUpdates(updates: readonly Update[]): readonly Update[] {
  const last = new Map<string, Update>()
  for (const update of updates) {
    last.delete(update.book)
    last.set(update.book, update)
  }
  return [...last.values()]
}
