import { after } from 'node:test'
import { openCluster } from '../../books/cluster.ts'
import { type Config, readConfig } from '../../books/config.ts'
import { KafkaCluster } from '../../books/count/kafka-cluster.ts'
import { ensureTopics, wantedTopics } from '../../books/ensure-topics.ts'
import { EventCounter } from '../../functions/count/count-event.ts'
import { Admin } from '../../kafka/admin.ts'
import type { Cluster } from '../../kafka/cluster/cluster.ts'
import { LogReader } from '../../kafka/consumer/log-reader.ts'
import { TransactionalProducer } from '../../kafka/producer/transactional-producer.ts'
import { encodeRecord, type KafkaEvent, type KafkaEventRecord } from '../../lambda/kafka-event.ts'
import { silentLog } from '../../lib/log.ts'
import { noMetrics } from '../../lib/metrics.ts'
import { startKafka } from './kafka.ts'
import { kcat, kcatRecords } from './kcat.ts'
import { uniqueUserid } from './names.ts'
import { deleteRecords } from './native-admin.ts'
import { readRecords } from './records.ts'
import { waitFor } from './wait-for.ts'

const closing: (() => unknown)[] = []
after(async () => {
  for (const close of closing.reverse()) await close()
})

/** Creates a unique user id with topics. Everything that it opens is closed after the tests of the file. */
export async function newUser(settings: Readonly<Record<string, string>> = {}): Promise<User> {
  const { brokers } = await startKafka()
  const config = readConfig({ BROKERS: brokers, USERID: uniqueUserid(), ...settings })
  const cluster = openCluster(config)
  closing.push(() => cluster.close())
  await ensureTopics(new Admin(cluster), wantedTopics(config))
  return new User(config, cluster)
}

export class User {
  readonly config: Config
  readonly brokers: string
  readonly admin: Admin
  readonly #cluster: Cluster

  constructor(config: Config, cluster: Cluster) {
    this.config = config
    this.brokers = config.brokers.join(',')
    this.admin = new Admin(cluster)
    this.#cluster = cluster
  }

  /** A container. */
  counter(): EventCounter {
    const cluster = new KafkaCluster(this.config)
    const counter = new EventCounter({ cluster, emit: 'every', log: silentLog, metrics: noMetrics })
    closing.push(
      () => cluster.close(),
      () => counter.close(),
    )
    return counter
  }

  /** Writes one record per line, as another producer. */
  async produce(books: readonly string[]): Promise<void> {
    const input = books.map((book) => `${book}|a line`).join('\n')
    const partitioner = ['-X', 'topic.partitioner=murmur2_random']
    await kcat(['-P', '-b', this.brokers, '-t', this.config.topics.books, '-K', '|', ...partitioner], input)
  }

  /** Opens a foreign transactional producer. `as` is its transactional id. */
  foreigner(as = `${this.config.userid}.foreign`): Promise<TransactionalProducer> {
    return TransactionalProducer.open(this.#cluster, as)
  }

  async records(): Promise<KafkaEventRecord[]> {
    const topic = this.config.topics.books
    const all: KafkaEventRecord[] = []
    for (const { partition, start } of await this.admin.offsets(topic)) {
      const reader = new LogReader(this.#cluster, 'read_uncommitted')
      const records = await readRecords(reader, topic, partition, start)
      for (const record of records) all.push(JSON.parse(encodeRecord(topic, partition, record)))
    }
    return all
  }

  /** Returns an event with all records of the topic. */
  async event(): Promise<KafkaEvent> {
    return this.eventOf(await this.records())
  }

  eventOf(records: readonly KafkaEventRecord[]): KafkaEvent {
    const lists: Record<string, KafkaEventRecord[]> = {}
    for (const record of records) {
      const name = `${record.topic}-${record.partition}`
      lists[name] ??= []
      lists[name].push(record)
    }
    return { eventSource: 'SelfManagedKafka', bootstrapServers: this.brokers, records: lists }
  }

  /** Returns all published updates by book, as kcat reads them. */
  async counts(): Promise<Record<string, string[]>> {
    const counts: Record<string, string[]> = {}
    for (const { key, value } of await kcatRecords(this.brokers, this.config.topics.bookCount)) {
      counts[String(key)] ??= []
      counts[String(key)]!.push(String(value))
    }
    return counts
  }

  /** Returns the last update of each book. */
  async lastCounts(): Promise<Record<string, string>> {
    return Object.fromEntries(Object.entries(await this.counts()).map(([book, all]) => [book, all.at(-1)!]))
  }

  async remakeTopic(name: string, partitions = this.config.partitions): Promise<void> {
    await this.admin.deleteTopic(name)
    await this.makeTopic(name, partitions)
  }

  async makeTopic(name: string, partitions = this.config.partitions): Promise<void> {
    const wanted = wantedTopics(this.config).find((topic) => topic.name === name)!
    await waitFor(() => this.admin.createTopic({ ...wanted, partitions }), { within: 10_000 })
    await ensureTopics(this.admin, [{ ...wanted, partitions }])
  }

  /** Deletes the log before an offset. */
  deleteRecords(partition: number, before: number): Promise<void> {
    return deleteRecords(this.brokers, this.config.topics.books, partition, before)
  }
}
