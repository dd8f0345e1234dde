import type { BookCounts, CountsStatus } from '../../books/book-counts.ts'
import { bookKey } from '../../books/book-name.ts'
import type { CountedBook } from '../../books/counted-book.ts'
import type { FailedBook } from '../../books/failures/failed-books.ts'
import { AppError } from '../../lib/errors.ts'
import { type HttpRequest, invalidRequest, json, type Route } from '../../lib/http.ts'
import type { Message } from './latest-messages.ts'
import { listBooks, readInteger, readListing } from './listing.ts'

export type CountsApi = {
  readonly counts: () => Promise<BookCounts>
  readonly logEnds: () => Promise<readonly number[]>
  /** Newest first. */
  readonly failedBooks: () => Promise<readonly FailedBook[]>
  /** Latest first. */
  readonly messages: (topic: MessageTopic, wanted: WantedMessages) => Promise<readonly Message[]>
}

export const messageTopics = ['books', 'book-count'] as const
type MessageTopic = (typeof messageTopics)[number]

type WantedMessages = {
  readonly key: Buffer
  readonly partition: number
  readonly limit: number
  readonly aroundMs: number
}

/** openapi.json describes these routes. */
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
      const counts = await api.counts()
      const book = findBook(counts, request.pathParameters?.book)
      return json(200, { ...bookJson(book), ...statusJson(counts.status) })
    },

    'GET /messages': async ({ queryStringParameters }) => {
      const { book: name, topic = 'books', limit } = queryStringParameters ?? {}
      if (!isMessageTopic(topic)) throw invalidRequest(`topic must be one of ${messageTopics.join(', ')}`)
      const wanted = { limit: readInteger('limit', limit, messageLimits) }
      const { partitions, updatedAtMs } = findBook(await api.counts(), name)
      const key = bookKey(name!)
      const messages = await Promise.all(
        partitions.map(async (partition) => {
          const found = await api.messages(topic, { ...wanted, key, partition, aroundMs: updatedAtMs })
          return found.map((message) => messageJson(partition, message))
        }),
      )
      return json(200, { topic, messages: messages.flat() })
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

export const messageLimits = { preset: 10, min: 1, max: 50 } as const

function isMessageTopic(text: string): text is MessageTopic {
  return messageTopics.some((topic) => topic === text)
}

/** @throws NOT_FOUND */
function findBook({ books }: BookCounts, name = ''): CountedBook {
  const book = books.get(name)
  if (book === undefined) throw new AppError('NOT_FOUND', `"${name}" has no count. GET /counts lists books.`)
  return book
}

function messageJson(partition: number, { offset, timestampMs, text, bytes, line }: Message) {
  return { partition, offset, timestamp: isoTime(timestampMs), line, text, bytes }
}

function bookJson({ name, lines, edition, complete, updatedAtMs, partitions }: CountedBook) {
  return { book: name, lines, edition, complete, updatedAt: isoTime(updatedAtMs), partitions }
}

/** Returns null for Kafka's timestamp -1 (none), and for a time that `Date` cannot have. */
function isoTime(timestampMs: number): string | null {
  const time = new Date(timestampMs)
  return timestampMs < 0 || Number.isNaN(time.getTime()) ? null : time.toISOString()
}

/** `progress` is the recounted fraction of the log, from 0 to 1. */
function statusJson(status: CountsStatus): { status: CountsStatus['kind']; progress: number | null } {
  if (status.kind !== 'rebuilding') return { status: status.kind, progress: null }
  return { status: status.kind, progress: status.until === 0 ? 1 : status.counted / status.until }
}
