import { type BookCounts, type CountedBook, type Order, orders, type Place } from '../../lib/book-counts.ts'
import { AppError } from '../../lib/errors.ts'
import type { HttpRequest } from '../../lib/http.ts'
import { placeOf } from '../../lib/sorted.ts'

/** Which books a request asks for. */
export type Listing = {
  readonly prefix: string
  /** A part of the name, in whatever case. */
  readonly search: string
  readonly order: Order
  readonly limit: number
  /** Where the page before ended. */
  readonly after: Place | undefined
}

export type Page = {
  readonly books: readonly CountedBook[]
  /** How many match, on all pages. */
  readonly matching: number
  /** Given back as `after`, leads to the next page; null on the last. */
  readonly next: string | null
}

const limits = { preset: 100, max: 1_000 } as const

/** @throws REQUEST_INVALID */
export function readListing(query: HttpRequest['queryStringParameters']): Listing {
  const { prefix = '', search = '', order = 'name', limit, after } = query ?? {}
  if (!isOrder(order)) throw invalid('order must be name or newest')
  return { prefix, search, order, limit: readLimit(limit), after: after ? readCursor(after) : undefined }
}

/** One page. Only a search, or a prefix in the order of time, looks at all books. */
export function listBooks(counts: Pick<BookCounts, 'inOrder'>, listing: Listing): Page {
  const { order, limit, after } = listing
  const matching = matchingBooks(counts.inOrder(order), listing)
  const start = after === undefined ? 0 : placeOf(matching, (book) => orders[order](book, after) <= 0)
  const books = matching.slice(start, start + limit)
  const next = start + limit < matching.length ? cursor(books.at(-1)!) : null
  return { books, matching: matching.length, next }
}

function matchingBooks(
  all: readonly CountedBook[],
  { prefix, search, order }: Listing,
): readonly CountedBook[] {
  const found = search === '' ? all : all.filter(contains(search))
  if (prefix === '') return found
  if (order !== 'name') return found.filter(({ name }) => name.startsWith(prefix))
  // In the order of names they are side by side.
  const start = placeOf(found, ({ name }) => name < prefix)
  const end = placeOf(found, ({ name }) => name < prefix || name.startsWith(prefix))
  return found.slice(start, end)
}

/** In whatever case; a regular expression, since it makes no other string of each name. */
function contains(search: string): (book: CountedBook) => boolean {
  const wanted = new RegExp(search.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'), 'i')
  return ({ name }) => wanted.test(name)
}

function isOrder(text: string): text is Order {
  return Object.hasOwn(orders, text)
}

function readLimit(text: string | undefined): number {
  if (text === undefined) return limits.preset
  const limit = /^\d{1,4}$/.test(text) ? Number(text) : 0
  if (limit >= 1 && limit <= limits.max) return limit
  throw invalid(`limit must be a whole number from 1 to ${limits.max}`)
}

function cursor({ name, updatedAtMs }: Place): string {
  return Buffer.from(JSON.stringify([updatedAtMs, name])).toString('base64url')
}

function readCursor(text: string): Place {
  try {
    const [updatedAtMs, name] = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (typeof updatedAtMs === 'number' && typeof name === 'string') return { updatedAtMs, name }
  } catch (error) {
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
  }
  throw invalid('after must be the "next" of the page before')
}

function invalid(why: string): AppError {
  return new AppError('REQUEST_INVALID', `Request to correct: ${why}. /openapi.json describes them all.`)
}
