/** `counts`: serves every book and its count over HTTP. */

import { openCluster } from '../../books/cluster.ts'
import { readConfig } from '../../books/config.ts'
import { failedBooks } from '../../books/failures/failed-books.ts'
import { failureRecords } from '../../books/failures/failure-records.ts'
import { StateReader } from '../../books/state-reader.ts'
import { Admin } from '../../kafka/admin.ts'
import { LogReader, type OnRecord } from '../../kafka/consumer/log-reader.ts'
import { httpHandler } from '../../lib/http.ts'
import { countsRoutes } from './counts-api.ts'
import { latestMessages } from './latest-messages.ts'

const config = readConfig(process.env)
const cluster = openCluster(config)
/** API Gateway's limit is 30 s. */
const timeoutMs = 4_000
const state = new StateReader(cluster, config.topics, timeoutMs)
const admin = new Admin(cluster, timeoutMs)
const failures = failureRecords(config.failures)
const reader = new LogReader(cluster, 'read_committed', timeoutMs)

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
      read: (from: number, to: number, onRecord: OnRecord) =>
        reader.readPartition(name, partition, from, onRecord, (next) => next >= to),
    }
    return latestMessages(log, key, limit, aroundMs)
  },
})

export const handler = httpHandler('counts', routes)

// Lambda sends SIGTERM before a container ends (developer guide, page `lambda-runtime-environment`).
process.once('SIGTERM', () => {
  cluster.close()
})
