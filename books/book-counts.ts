/** Apply each state record once, in order; read the counts between transactions. */

import type { LogRecord } from '../kafka/records/record.ts'
import { type BookList, BookLists, type BookQuery } from './book-lists.ts'
import { bookName } from './book-name.ts'
import { type BookState, type Checkpoint, decodeStateRecord } from './book-state.ts'
import type { CountedBook } from './counted-book.ts'

/**
 * `rebuilding`: `count` has recounted `counted` of `until` offsets; counts are too low. `incomplete`: the state of
 * `partitions` does not match its checkpoint; `count` rebuilds it.
 */
export type CountsStatus =
  | { readonly kind: 'current' }
  | { readonly kind: 'rebuilding'; readonly counted: number; readonly until: number }
  | { readonly kind: 'incomplete'; readonly partitions: readonly number[] }

type BookEntry = { readonly state: BookState; readonly updatedAtMs: number; readonly partition: number }

type CountedPartition = {
  readonly books: Map<string, BookEntry>
  lines: number
  checkpoint: Checkpoint | undefined
}

export class BookCounts {
  readonly #partitions: readonly CountedPartition[]
  readonly #books = new Map<string, CountedBook>()
  readonly #lists = new BookLists(this.#books)
  #lines = 0

  constructor(partitions: number) {
    this.#partitions = Array.from({ length: partitions }, () => ({
      books: new Map(),
      lines: 0,
      checkpoint: undefined,
    }))
  }

  get books(): ReadonlyMap<string, CountedBook> {
    return this.#books
  }

  list(query: BookQuery): BookList {
    return this.#lists.read(query)
  }

  get lines(): number {
    return this.#lines
  }

  /** A checkpoint is undefined before the partition's first count. */
  get checkpoints(): readonly (Checkpoint | undefined)[] {
    return this.#partitions.map(({ checkpoint }) => checkpoint)
  }

  get status(): CountsStatus {
    const rebuilding = this.checkpoints.filter((checkpoint) => checkpoint?.rebuildUntil !== undefined)
    if (rebuilding.length > 0) {
      return {
        kind: 'rebuilding',
        counted: sum(rebuilding.map((checkpoint) => checkpoint!.next)),
        until: sum(rebuilding.map((checkpoint) => checkpoint!.rebuildUntil!)),
      }
    }
    const partitions = this.#partitions.flatMap((partition, number) =>
      isConsistent(partition) ? [] : [number],
    )
    return partitions.length > 0 ? { kind: 'incomplete', partitions } : { kind: 'current' }
  }

  /** Ignores records in unknown formats. */
  apply(partition: number, { key, value, timestamp }: Pick<LogRecord, 'key' | 'value' | 'timestamp'>): void {
    const record = decodeStateRecord(key, value)
    const into = this.#partitions[partition]
    if (into === undefined || record.kind === 'unreadable') return
    if (record.kind === 'checkpoint') {
      into.checkpoint = record.checkpoint
      return
    }
    const name = bookName(record.book)
    into.lines -= into.books.get(name)?.state.lines ?? 0
    if (record.state === null) into.books.delete(name)
    else {
      into.books.set(name, { state: record.state, updatedAtMs: timestamp, partition })
      into.lines += record.state.lines
    }
    this.#merge(name)
  }

  #merge(name: string): void {
    const parts: BookEntry[] = []
    for (const { books } of this.#partitions) {
      const part = books.get(name)
      if (part !== undefined) parts.push(part)
    }
    const book = parts.length === 0 ? undefined : mergedBook(name, parts)
    const before = this.#books.get(name)
    if (book === undefined) this.#books.delete(name)
    else this.#books.set(name, book)
    this.#lines += (book?.lines ?? 0) - (before?.lines ?? 0)
    this.#lists.replace(before, book)
  }
}

function mergedBook(name: string, parts: readonly BookEntry[]): CountedBook {
  const ingested = parts.find(({ state }) => state.edition !== '')?.state
  return {
    name,
    lines: sum(parts.map(({ state }) => state.lines)),
    edition: ingested?.edition ?? null,
    complete: ingested?.complete ?? null,
    updatedAtMs: Math.max(...parts.map(({ updatedAtMs }) => updatedAtMs)),
    partitions: parts.map(({ partition }) => partition),
  }
}

function isConsistent({ books, lines, checkpoint }: CountedPartition): boolean {
  return checkpoint === undefined
    ? books.size === 0
    : checkpoint.books === books.size && checkpoint.lines === lines
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
