/** `counts`: every book and its count over HTTP, from the counter's own memory in `<userid>.book-count-state`. */
import { readConfig } from '../../lib/config.ts'
import { failedBooks } from '../../lib/failures/failed-books.ts'
import { failureRecords } from '../../lib/failures/failure-records.ts'
import { type HttpRequest, type HttpResponse, serve } from '../../lib/http.ts'
import { Admin } from '../../lib/kafka/admin.ts'
import { LogReader, type LogRecord } from '../../lib/kafka/log-reader.ts'
import { createLog } from '../../lib/log.ts'
import { StateReader } from '../../lib/state-reader.ts'
import { countsRoutes } from './counts-api.ts'
import { latestMessages } from './latest-messages.ts'

const config = readConfig(process.env)
const log = createLog('counts')
const state = new StateReader(config)
const admin = new Admin(config)
const failures = failureRecords(config.failures)
const reader = new LogReader(config, 'read_committed')

const routes = countsRoutes({
  counts: () => state.counts(),
  logEnds: async () => (await admin.offsets(config.topics.books)).map(({ end }) => end),
  failedBooks: () => failedBooks(failures),
  messages: async (topic, { key, partition, limit, aroundMs }) => {
    const name = { books: config.topics.books, 'book-count': config.topics.bookCount }[topic]
    const { start, end } = await admin.partitionOffsets(name, partition)
    const log = {
      start,
      end,
      offsetAt: (timeMs: number) => admin.offsetAtTime(name, partition, timeMs),
      read: (from: number, to: number, onRecord: (record: LogRecord) => void) =>
        reader.readTo(name, partition, { start: from, end: to }, onRecord),
    }
    return latestMessages(log, key, limit, aroundMs)
  },
})

export function handler(request: HttpRequest): Promise<HttpResponse> {
  return serve(routes, request, log)
}

// Lambda asks a container to end with SIGTERM (Lambda developer guide, page `lambda-runtime-environment`).
process.once('SIGTERM', () => {
  admin.close()
  void state.close()
  void reader.close()
})
