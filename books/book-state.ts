/** Records of `<userid>.book-count-state` have the key `checkpoint`, or `book:` and the book's key, and JSON values. */
import { isObject, isWholeNumber, parsedJson } from '../lib/json.ts'

export type BookState = {
  readonly lines: number
  /** Empty when all lines are foreign. */
  readonly edition: string
  /** The number of that edition's last counted line. */
  readonly number: number
  readonly complete: boolean
}

export type Checkpoint = {
  readonly next: number
  /** A changed id marks a re-created topic (KIP-516). */
  readonly booksTopicId: string
  readonly countTopicId: string
  readonly partitions: number
  /** Totals, to verify a restored state. */
  readonly books: number
  readonly lines: number
  readonly rebuildUntil?: number
  /** The end of the counts topic when the rebuild started. */
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
  const parsed = value === null ? undefined : parsedJson(value.toString())
  return is(parsed) ? parsed : undefined
}

function isBookState(parsed: unknown): parsed is BookState {
  return (
    isVersioned(parsed) &&
    isWholeNumber(parsed.lines) &&
    typeof parsed.edition === 'string' &&
    isWholeNumber(parsed.number) &&
    typeof parsed.complete === 'boolean'
  )
}

function isCheckpoint(parsed: unknown): parsed is Checkpoint {
  return (
    isVersioned(parsed) &&
    isWholeNumber(parsed.next) &&
    typeof parsed.booksTopicId === 'string' &&
    typeof parsed.countTopicId === 'string' &&
    isWholeNumber(parsed.partitions) &&
    isWholeNumber(parsed.books) &&
    isWholeNumber(parsed.lines) &&
    (parsed.rebuildUntil === undefined || isWholeNumber(parsed.rebuildUntil)) &&
    (parsed.countsBefore === undefined || isWholeNumber(parsed.countsBefore))
  )
}

function isVersioned(parsed: unknown): parsed is Record<string, unknown> {
  return isObject(parsed) && parsed.v === version
}
