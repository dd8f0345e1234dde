import type { CountedBook } from '../../lib/book-counts.ts'
import { AppError } from '../../lib/errors.ts'
import type { HttpRequest } from '../../lib/http.ts'
import { first } from './first.ts'

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

/** `name`: by code points. `newest`: the book whose count changed last is first. */
type Order = 'name' | 'newest'

/** A book's place in either order. */
type Place = Pick<CountedBook, 'name' | 'updatedAtMs'>

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
  if (order !== 'name' && order !== 'newest') throw invalid('order must be name or newest')
  return { prefix, search, order, limit: readLimit(limit), after: after ? readCursor(after) : undefined }
}

/** One page, at the cost of one look at each book. */
export function listBooks(books: Iterable<CountedBook>, listing: Listing): Page {
  const { prefix, search, order, limit, after } = listing
  const compare = orders[order]
  const wanted = search.toLowerCase()
  let matching = 0
  let behind = 0
  function* candidates() {
    for (const book of books) {
      if (!book.name.startsWith(prefix)) continue
      if (wanted !== '' && !book.name.toLowerCase().includes(wanted)) continue
      matching++
      if (after !== undefined && compare(book, after) <= 0) continue
      behind++
      yield book
    }
  }
  const page = first(limit, candidates(), compare)
  return { books: page, matching, next: behind > page.length ? cursor(page.at(-1)!) : null }
}

const orders: Record<Order, (a: Place, b: Place) => number> = {
  name: byName,
  newest: (a, b) => b.updatedAtMs - a.updatedAtMs || byName(a, b),
}

function byName(a: Place, b: Place): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : 0
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
