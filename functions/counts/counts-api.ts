import type { BookCounts, CountedBook, CountsStatus } from '../../lib/book-counts.ts'
import { AppError } from '../../lib/errors.ts'
import type { FailedBook } from '../../lib/failures/failed-books.ts'
import { type HttpRequest, json, type Route } from '../../lib/http.ts'
import { listBooks, readListing } from './listing.ts'

export type CountsApi = {
  /** Up to date with what is committed. `StateReader` is the real one. */
  readonly counts: () => Promise<BookCounts>
  /** The offset behind the last line, of each partition of the log. */
  readonly logEnds: () => Promise<readonly number[]>
  /** Newest first. */
  readonly failedBooks: () => Promise<readonly FailedBook[]>
}

/** The read side over HTTP: what openapi.json describes. */
export function countsRoutes(api: CountsApi): Readonly<Record<string, Route>> {
  return {
    'GET /counts': async (request) => {
      const listing = readListing(request.queryStringParameters)
      const counts = await api.counts()
      const { books, matching, next } = listBooks(counts, listing)
      return json(200, {
        books: books.map(bookJson),
        matching,
        next,
        totals: { books: counts.books.size, lines: counts.lines },
        ...statusJson(counts.status),
      })
    },

    'GET /counts/{book+}': async (request) => {
      const name = request.pathParameters?.book ?? ''
      const counts = await api.counts()
      const book = counts.books.get(name)
      if (book === undefined) throw new AppError('NOT_FOUND', `No line of "${name}" is counted.`)
      return json(200, { ...bookJson(book), ...statusJson(counts.status) })
    },

    'GET /health': async () => {
      const logEnds = await api.logEnds()
      const counts = await api.counts()
      const partitions = logEnds.map((end, partition) => {
        const next = counts.checkpoints[partition]?.next ?? 0
        return { partition, next, end, lag: Math.max(0, end - next) }
      })
      return json(200, { ...statusJson(counts.status), partitions })
    },

    'GET /failures': async (_request: HttpRequest) => json(200, { failures: await api.failedBooks() }),
  }
}

function bookJson({ name, lines, edition, complete, updatedAtMs, partitions }: CountedBook) {
  const updatedAt = updatedAtMs < 0 ? null : new Date(updatedAtMs).toISOString()
  return { book: name, lines, edition, complete, updatedAt, partitions }
}

/** `progress`: how much of the log is counted again, from 0 to 1. */
function statusJson(status: CountsStatus): { status: CountsStatus['kind']; progress: number | null } {
  if (status.kind !== 'rebuilding') return { status: status.kind, progress: null }
  return { status: status.kind, progress: status.until === 0 ? 1 : status.counted / status.until }
}
