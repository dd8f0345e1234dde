import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { BookCounts } from '../../../../books/book-counts.ts'
import { countsRoutes } from '../../../../functions/api/counts-api.ts'
import type { Message } from '../../../../functions/api/latest-messages.ts'

test('lists a message with a timestamp in nanoseconds, which is beyond the range of Date', async () => {
  const message: Message = { offset: 0, timestampMs: 0, text: 'a line', bytes: 6, line: 1 }
  const timestamps = [1_764_000_000_000, -1, 1_764_000_000_000_000_000]
  const book = { name: 'moby', lines: 3, edition: null, complete: null, updatedAtMs: 0, partitions: [0] }
  const routes = countsRoutes({
    counts: async () => ({ books: new Map([['moby', book]]) }) as unknown as BookCounts,
    logEnds: async () => [3],
    failedBooks: async () => [],
    messages: async () => timestamps.map((timestampMs) => ({ ...message, timestampMs })),
  })
  const request = { routeKey: 'GET /messages', headers: {}, queryStringParameters: { book: 'moby' } }
  const { body } = await routes['GET /messages']!(request)
  assert.deepEqual(
    JSON.parse(body).messages.map(({ timestamp }: { timestamp: string | null }) => timestamp),
    ['2025-11-24T16:00:00.000Z', null, null],
  )
})
