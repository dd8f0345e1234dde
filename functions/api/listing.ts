import type { BookCounts } from '../../books/book-counts.ts'
import type { BookQuery } from '../../books/book-lists.ts'
import { type BookOrder, orders, type SortKeys } from '../../books/counted-book.ts'
import { type HttpRequest, invalidRequest } from '../../lib/http.ts'
import { parsedJson } from '../../lib/json.ts'

export type Listing = BookQuery & {
  readonly limit: number
  /** The previous page's last book, or the number of books before this page. */
  readonly after: SortKeys | number
}

export const listingLimits = {
  limit: { preset: 100, min: 1, max: 1_000 },
  skip: { preset: 0, min: 0, max: 99_999_999 },
} as const

/** @throws REQUEST_INVALID */
export function readListing(query: HttpRequest['queryStringParameters']): Listing {
  const { prefix = '', search = '', order = 'name', limit, after, skip } = query ?? {}
  if (!isOrder(order)) throw invalidRequest(`order must be one of ${Object.keys(orders).join(', ')}`)
  if (after && skip !== undefined) throw invalidRequest('after and skip exclude each other')
  return {
    ...{ prefix, search, order },
    limit: readInteger('limit', limit, listingLimits.limit),
    after: after ? readCursor(after) : readInteger('skip', skip, listingLimits.skip),
  }
}

/** `matching` is the number of books on all pages; `next` is the next page's `after`, null on the last page. */
export function listBooks(counts: Pick<BookCounts, 'list'>, listing: Listing) {
  const { order, limit, after } = listing
  const list = counts.list(listing)
  const start =
    typeof after === 'number' ? after : list.countBefore((book) => orders[order](book, after) <= 0)
  const books = list.slice(start, start + limit)
  const next = start + limit < list.size ? cursor(books.at(-1)!) : null
  return { books, matching: list.size, next }
}

function isOrder(text: string): text is BookOrder {
  return Object.hasOwn(orders, text)
}

type Range = { readonly preset: number; readonly min: number; readonly max: number }

/** @throws REQUEST_INVALID */
export function readInteger(name: string, text: string | undefined, { preset, min, max }: Range): number {
  if (text === undefined) return preset
  const value = /^\d{1,8}$/.test(text) ? Number(text) : Number.NaN
  if (value >= min && value <= max) return value
  throw invalidRequest(`${name} must be an integer from ${min} to ${max}`)
}

function cursor({ name, updatedAtMs, lines }: SortKeys): string {
  return Buffer.from(JSON.stringify([updatedAtMs, lines, name])).toString('base64url')
}

function readCursor(text: string): SortKeys {
  const keys = parsedJson(Buffer.from(text, 'base64url').toString())
  const [updatedAtMs, lines, name] = Array.isArray(keys) ? keys : []
  if (typeof updatedAtMs === 'number' && typeof lines === 'number' && typeof name === 'string') {
    return { updatedAtMs, lines, name }
  }
  throw invalidRequest('after must be the "next" of the previous page')
}
