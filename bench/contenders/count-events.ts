/**
 * `count-events.ts objects|lazy BOOK`: measures `count` without Kafka, on events of 10,000 records in five partitions
 * with the lines of a file. With `objects`, Node's own JSON.parse parses them; with `lazy`, the one that `count`
 * installs. Prints an EventCost.
 */
import { readFileSync } from 'node:fs'
import { checkpointKey, encodeCheckpoint } from '../../books/book-state.ts'
import type { CountingCluster, Transactions } from '../../books/count/cluster.ts'
import { encodeLineHeader } from '../../books/line-header.ts'
import { topicsOf } from '../../books/topics.ts'
import { EventCounter } from '../../functions/count/count-event.ts'
import type { LogRecord } from '../../kafka/records/record.ts'
import { encodeRecord, type KafkaEvent } from '../../lambda/kafka-event.ts'
import { parseKafkaEventsLazily } from '../../lambda/lazy-json.ts'
import { silentLog } from '../../lib/log.ts'
import { noMetrics } from '../../lib/metrics.ts'
import { median } from '../setup/statistics.ts'

/** Medians of one event. */
export type EventCost = {
  readonly records: number
  readonly eventBytes: number
  readonly parseMs: number
  /** Time from the parsed event to the last record of the transaction. */
  readonly handleMs: number
}

const partitions = 5
const recordsPerPartition = 2_000
const warmUpEvents = 40
const measuredEvents = 100

async function costOfEvents(lines: readonly string[]): Promise<EventCost> {
  const topics = topicsOf('bench')
  const published = new Published(topics.bookCount)
  const cluster = stubCluster(topics, published)
  const counter = new EventCounter({ cluster, emit: 'every', log: silentLog, metrics: noMetrics })
  const events = new Events(topics.books, lines)
  const parse: number[] = []
  const handle: number[] = []
  let eventBytes = 0
  for (let i = 0; i < warmUpEvents + measuredEvents; i++) {
    const bytes = events.next()
    eventBytes = bytes.length
    const begun = performance.now()
    const event = JSON.parse(bytes.toString()) as KafkaEvent
    const parsed = performance.now()
    await counter.count(event)
    const handled = performance.now()
    if (i < warmUpEvents) continue
    parse.push(parsed - begun)
    handle.push(handled - parsed)
  }
  const records = partitions * recordsPerPartition
  const expected = records * (warmUpEvents + measuredEvents)
  if (published.updates !== expected) throw new Error(`${published.updates} updates, not ${expected}.`)
  return { records, eventBytes, parseMs: median(parse), handleMs: median(handle) }
}

/** Creates events like the event source: each partition has consecutive lines of one book. */
class Events {
  readonly #topic: string
  readonly #lines: readonly Buffer[]
  #offset = 0

  constructor(topic: string, lines: readonly string[]) {
    this.#topic = topic
    this.#lines = lines.map((line) => Buffer.from(line))
  }

  next(): Buffer {
    const parts = Array.from({ length: partitions }, (_, partition) => this.#records(partition))
    this.#offset += recordsPerPartition
    const source = JSON.stringify({ eventSource: 'SelfManagedKafka', bootstrapServers: '127.0.0.1:9092' })
    return Buffer.from(`${source.slice(0, -1)},"records":{${parts.join(',')}}}`)
  }

  #records(partition: number): string {
    const records = Array.from({ length: recordsPerPartition }, (_, i) => {
      const offset = this.#offset + i
      const header = encodeLineHeader({ edition: 'abcdefgh', number: offset + 1, end: false })
      return encodeRecord(this.#topic, partition, {
        offset,
        timestamp: 1_700_000_000_000 + offset,
        timestampType: 'CREATE_TIME',
        key: Buffer.from(`moby-dick-00000${partition}.txt`),
        value: this.#lines[offset % this.#lines.length]!,
        headers: [['line', header]],
      })
    })
    return `${JSON.stringify(`${this.#topic}-${partition}`)}:[${records.join(',')}]`
  }
}

class Published implements Transactions {
  updates = 0
  readonly #topic: string

  constructor(topic: string) {
    this.#topic = topic
  }

  produce(topic: string): void {
    if (topic === this.#topic) this.updates++
  }

  async begin(): Promise<void> {}
  expectOffset(): void {}
  async commit(): Promise<void> {}
  close(): void {}
}

/** A stub cluster whose checkpoints are at offset 0 and whose logs have no end. */
function stubCluster(topics: CountingCluster['topics'], transactions: Transactions): CountingCluster {
  const topology = { booksTopicId: 'bench', countTopicId: 'bench', stateTopicId: 'bench', partitions }
  const checkpoint = encodeCheckpoint({ next: 0, ...topology, books: 0, lines: 0 })
  const state: LogRecord = {
    offset: 0,
    timestamp: 0,
    timestampType: 'CREATE_TIME',
    key: checkpointKey,
    value: checkpoint,
    headers: [],
  }
  const nothing = { next: 0, isAtEnd: true }
  return {
    topics,
    fence: async () => transactions,
    topology: async () => topology,
    booksEnd: async () => Number.MAX_SAFE_INTEGER,
    bounds: async (topic) => ({ start: 0, end: topic === 'books' ? Number.MAX_SAFE_INTEGER : 1 }),
    readCommitted: async (_topic, _partition, _from, onRecord) => {
      onRecord(state)
      return 1
    },
    readBooks: async () => nothing,
  }
}

const [parser, book = ''] = process.argv.slice(2)
if (parser === 'lazy') parseKafkaEventsLazily()
console.log(JSON.stringify(await costOfEvents(readFileSync(book, 'utf8').split('\n'))))
