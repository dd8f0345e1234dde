/**
 * Measures each function's connections to three replicating brokers, since Amazon MSK with IAM accepts about 20 new
 * connections per broker and second. All functions run in this process.
 */
import { join } from 'node:path'
import { openCluster } from '../../books/cluster.ts'
import { readConfig } from '../../books/config.ts'
import { KafkaCluster } from '../../books/count/kafka-cluster.ts'
import { ensureTopics, wantedTopics } from '../../books/ensure-topics.ts'
import { StateReader } from '../../books/state-reader.ts'
import { EventCounter } from '../../functions/count/count-event.ts'
import { Admin } from '../../kafka/admin.ts'
import { LogReader } from '../../kafka/consumer/log-reader.ts'
import { Producer } from '../../kafka/producer/producer.ts'
import { encodeRecord, type KafkaEvent, type KafkaEventRecord } from '../../lambda/kafka-event.ts'
import { silentLog } from '../../lib/log.ts'
import { noMetrics } from '../../lib/metrics.ts'
import { brokerStarts } from '../../local/kafka/cluster.ts'
import { freePort } from '../../local/programs/ports.ts'
import { ConnectionWatch } from './sockets.ts'

export type ConnectionsResult = {
  readonly what: string
  readonly opened: number
  /** The maximum over the three brokers. */
  readonly openedAtOneBroker: number
  /** The increase of open connections. */
  readonly kept: number
}

const partitions = 5
/** The row to which the target applies. */
export const newCountContainer = `\`count\`, a new container with all ${partitions} partitions`
const linesPerPartition = 30

export async function measureConnections(folder: string): Promise<readonly ConnectionsResult[]> {
  const ports = await Promise.all([freePort(), freePort(), freePort()])
  const starts = await brokerStarts(join(folder, 'three-brokers'), ports, new AbortController().signal)
  const brokers = await Promise.all(starts.map((start) => start()))
  try {
    return await measureEach(ports)
  } finally {
    await Promise.all(brokers.map((broker) => broker.stop()))
  }
}

async function measureEach(ports: readonly number[]): Promise<readonly ConnectionsResult[]> {
  const config = readConfig({
    USERID: 'connections',
    BROKERS: ports.map((port) => `127.0.0.1:${port}`).join(),
    PARTITIONS: String(partitions),
    REPLICATION_FACTOR: '3',
    MIN_INSYNC_REPLICAS: '2',
  })
  const results: ConnectionsResult[] = []
  const watch = new ConnectionWatch(ports)
  const closing: { close(): void }[] = []
  const newCluster = () => keep(openCluster(config))
  const keep = <T extends { close(): void }>(client: T): T => {
    closing.push(client)
    return client
  }
  const measure = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    const before = watch.take().open
    await work()
    const { opened, open } = watch.take()
    const byBroker = [...opened.values()]
    results.push({
      what,
      opened: byBroker.reduce((sum, number) => sum + number, 0),
      openedAtOneBroker: Math.max(0, ...byBroker),
      kept: open - before,
    })
  }
  try {
    await measure('`topics`, at a deploy', () => ensureTopics(new Admin(newCluster()), wantedTopics(config)))
    let producer!: Producer
    await measure('`ingest`, a new container with its first book', async () => {
      producer = await Producer.open(newCluster(), config.topics.books)
      await writeLines(producer, ['a book'])
    })
    const books = Array.from({ length: 40 }, (_, i) => `book ${i}`)
    await measure('`ingest`, books of all partitions after it', () => writeLines(producer, books))
    const events = await eventsOf(config.topics.books, new LogReader(newCluster(), 'read_uncommitted'))
    const newCounter = () =>
      keep(
        new EventCounter({
          cluster: keep(new KafkaCluster(config)),
          emit: 'every',
          log: silentLog,
          metrics: noMetrics,
        }),
      )
    const all = Array.from({ length: partitions }, (_, partition) => partition)
    const counter = newCounter()
    await measure(newCountContainer, () => counter.count(events(all, 0, 10)))
    await measure('`count`, a batch of partitions that it has', () => counter.count(events(all, 10, 15)))
    const other = newCounter()
    await measure('`count`, a second container with one of these partitions', () =>
      other.count(events([1], 15, 20)),
    )
    await measure('`count`, a further partition taken over from the first container', () =>
      other.count(events([0], 15, 20)),
    )
    await measure('`count`, the same taken back', () => counter.count(events([0], 20, 25)))
    await measure('`count`, its first batch with a hole', () => counter.count(events([0], 28, 30)))
    await measure('`counts`, a new container with its first request', () =>
      new StateReader(newCluster(), config.topics).counts(),
    )
    return results
  } finally {
    watch.stop()
    for (const client of closing.reverse()) client.close()
  }
}

async function writeLines(producer: Producer, books: readonly string[]): Promise<void> {
  for (const book of books) {
    const writer = producer.writer(Buffer.from(book))
    for (let i = 0; i < linesPerPartition; i++)
      if (!writer.offer(Buffer.from('a line'))) throw new Error('No room.')
    await writer.acknowledged()
  }
}

/** @returns a function that makes an event of the partitions' records `from` (inclusive) to `to` (exclusive) */
async function eventsOf(topic: string, reader: LogReader) {
  const logs: KafkaEventRecord[][] = Array.from({ length: partitions }, () => [])
  const starts = new Map(logs.map((_, partition) => [partition, 0]))
  await reader.readAll(topic, starts, (record, partition) =>
    logs[partition]!.push(JSON.parse(encodeRecord(topic, partition, record))),
  )
  return (of: readonly number[], from: number, to: number): KafkaEvent => ({
    eventSource: 'aws:kafka',
    bootstrapServers: '',
    records: Object.fromEntries(
      of.map((partition) => [`${topic}-${partition}`, logs[partition]!.slice(from, to)]),
    ),
  })
}
