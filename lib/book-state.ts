/**
 * What `<userid>.book-count-state` holds: the counter's own memory, written in the same transactions as the counts.
 * A record's key is `book:` and the book's bytes, or `checkpoint` for the partition itself. Values are JSON with a
 * version, so that a later format can tell what it reads.
 */

export type BookState = {
  /** The current count. */
  readonly lines: number
  /** The edition being counted, empty when only foreign lines were seen. */
  readonly edition: string
  /** The last number of that edition that was counted. */
  readonly number: number
  /** Whether that was the edition's last line. */
  readonly complete: boolean
}

export type Checkpoint = {
  /** The first offset of `<userid>.books` that is not counted yet. */
  readonly next: number
  /** Of the topics of lines and of counts: a state says nothing about others of the same name (KIP-516). */
  readonly booksTopicId: string
  readonly countTopicId: string
  readonly partitions: number
  /** Books that have a count, and the sum of their counts: what a restore must arrive at. */
  readonly books: number
  readonly lines: number
  /** Set while the partition is counted again from the log's start: the offset at which that is done. */
  readonly rebuildUntil?: number
  /** Set with it: where the counts ended when that began. Those before may be of books that have no lines any more. */
  readonly countsBefore?: number
}

export type StateRecord =
  | { readonly kind: 'book'; readonly book: Buffer; readonly state: BookState | null }
  | { readonly kind: 'checkpoint'; readonly checkpoint: Checkpoint }
  | { readonly kind: 'unreadable' }

const version = 1
const bookPrefix = Buffer.from('book:')
const checkpointName = 'checkpoint'

export const checkpointKey: Buffer = Buffer.from(checkpointName)

export function bookStateKey(book: Buffer): Buffer {
  return Buffer.concat([bookPrefix, book])
}

export function encodeBookState(state: BookState): Buffer {
  const { lines, edition, number, complete } = state
  return Buffer.from(JSON.stringify({ v: version, lines, edition, number, complete }))
}

export function encodeCheckpoint(checkpoint: Checkpoint): Buffer {
  return Buffer.from(JSON.stringify({ v: version, ...checkpoint }))
}

/** Reads a record of the state topic; `unreadable` for anything that this product did not write. */
export function decodeStateRecord(key: Buffer | null, value: Buffer | null): StateRecord {
  if (key === null) return { kind: 'unreadable' }
  if (key.equals(checkpointKey)) {
    const checkpoint = parse(value, isCheckpoint)
    return checkpoint === undefined ? { kind: 'unreadable' } : { kind: 'checkpoint', checkpoint }
  }
  if (!key.subarray(0, bookPrefix.length).equals(bookPrefix)) return { kind: 'unreadable' }
  const book = key.subarray(bookPrefix.length)
  if (value === null) return { kind: 'book', book, state: null }
  const state = parse(value, isBookState)
  return state === undefined ? { kind: 'unreadable' } : { kind: 'book', book, state }
}

function parse<T>(value: Buffer | null, is: (parsed: unknown) => parsed is T): T | undefined {
  if (value === null) return undefined
  try {
    const parsed: unknown = JSON.parse(value.toString())
    return is(parsed) ? parsed : undefined
  } catch {
    return undefined
  }
}

function isBookState(parsed: unknown): parsed is BookState {
  return (
    isVersioned(parsed) &&
    isCount(parsed.lines) &&
    typeof parsed.edition === 'string' &&
    isCount(parsed.number) &&
    typeof parsed.complete === 'boolean'
  )
}

function isCheckpoint(parsed: unknown): parsed is Checkpoint {
  return (
    isVersioned(parsed) &&
    isCount(parsed.next) &&
    typeof parsed.booksTopicId === 'string' &&
    typeof parsed.countTopicId === 'string' &&
    isCount(parsed.partitions) &&
    isCount(parsed.books) &&
    isCount(parsed.lines) &&
    (parsed.rebuildUntil === undefined || isCount(parsed.rebuildUntil)) &&
    (parsed.countsBefore === undefined || isCount(parsed.countsBefore))
  )
}

function isVersioned(parsed: unknown): parsed is Record<string, unknown> {
  return typeof parsed === 'object' && parsed !== null && 'v' in parsed && parsed.v === version
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
