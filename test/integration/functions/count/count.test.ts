import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { EventCounter } from '../../../../functions/count/count-event.ts'
import { KafkaCluster } from '../../../../functions/count/kafka-cluster.ts'
import { type Config, readConfig } from '../../../../lib/config.ts'
import { AppError } from '../../../../lib/errors.ts'
import { Admin } from '../../../../lib/kafka/admin.ts'
import { ensureTopics, wantedTopics } from '../../../../lib/kafka/ensure-topics.ts'
import { LogReader } from '../../../../lib/kafka/log-reader.ts'
import { TransactionalProducer } from '../../../../lib/kafka/transactional-producer.ts'
import { encodeRecord, type KafkaEvent, type KafkaEventRecord } from '../../../../lib/kafka-event.ts'
import { silentLog } from '../../../../lib/log.ts'
import { startKafka } from '../../../harness/kafka.ts'
import { kcat, kcatRecords, withoutKcat } from '../../../harness/kcat.ts'
import { uniqueUserid } from '../../../harness/names.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const closing: (() => unknown)[] = []
after(async () => {
  for (const close of closing.reverse()) await close()
})

describe('count, on a real broker', { skip: withoutKcat }, () => {
  it('publishes 1…n for each book, in order, in the partition of its lines', async () => {
    const user = await newUser()
    await user.produce(['a', 'b', 'a', 'c', 'a', 'b'])
    await user.counter().count(await user.event())
    const counts = await kcatRecords(user.brokers, user.config.topics.bookCount)
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3'], b: ['1', '2'], c: ['1'] })
    const lines = await kcatRecords(user.brokers, user.config.topics.books)
    const home = new Map(lines.map(({ key, partition }) => [String(key), partition]))
    assert.ok(counts.every(({ key, partition }) => home.get(String(key)) === partition))
    assert.ok(counts.every(({ headers }) => headers === ''))
  })

  it('publishes nothing for an event that comes again, to this container or to another', async () => {
    const user = await newUser()
    await user.produce(['a', 'b', 'a'])
    const [one, other] = [user.counter(), user.counter()]
    const event = await user.event()
    await one.count(event)
    await one.count(event)
    await other.count(event)
    assert.deepEqual(await user.counts(), { a: ['1', '2'], b: ['1'] })
  })

  it('fences the container that had the partition before, which then takes over and goes on', async () => {
    const user = await newUser()
    const [zombie, successor] = [user.counter(), user.counter()]
    await user.produce(['a', 'a'])
    await zombie.count(await user.event())
    await user.produce(['a', 'a'])
    await successor.count(await user.event())
    await user.produce(['a'])
    await zombie.count(await user.event())
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3', '4', '5'] })
  })

  it('aborts the transaction that a container left open, before it restores', async () => {
    const user = await newUser()
    await user.produce(['a'])
    await user.counter().count(await user.event())
    const { partition } = (await user.records())[0]!
    const dead = await TransactionalProducer.open(user.config, `${user.config.userid}.count.${partition}`)
    closing.push(() => dead.close())
    await dead.begin()
    dead.produce(user.config.topics.bookCount, partition, Buffer.from('a'), Buffer.from('999'))
    await user.produce(['a'])
    await user.counter().count(await user.event())
    assert.deepEqual(await user.counts(), { a: ['1', '2'] })
  })

  it('fails with STATE_BLOCKED behind a foreign open transaction, and counts once that has ended', async () => {
    const user = await newUser()
    await user.produce(['a'])
    await user.counter().count(await user.event())
    const { partition } = (await user.records())[0]!
    const foreigner = await TransactionalProducer.open(user.config, `${user.config.userid}.foreign`)
    closing.push(() => foreigner.close())
    await foreigner.begin()
    foreigner.produce(user.config.topics.bookCountState, partition, Buffer.from('x'), Buffer.from('y'))
    await foreigner.flush()
    await user.produce(['a'])
    await assert.rejects(user.counter().count(await user.event()), isError('STATE_BLOCKED'))
    await foreigner.commit()
    await user.counter().count(await user.event())
    assert.deepEqual(await user.counts(), { a: ['1', '2'] })
  })

  it('brings every count back when the state topic was deleted', async () => {
    const user = await newUser()
    await user.produce(['a', 'b', 'a'])
    await user.counter().count(await user.event())
    await user.remakeTopic(user.config.topics.bookCountState)
    await user.produce(['a', 'b'])
    await user.counter().count(await user.event())
    const counts = await user.counts()
    assert.deepEqual(counts.a?.at(-1), '3')
    assert.deepEqual(counts.b?.at(-1), '2')
  })

  it('forgets the old counts when the books topic was deleted and made again under a warm container', async () => {
    const user = await newUser()
    const counter = user.counter()
    await user.produce(['a', 'a', 'a'])
    await counter.count(await user.event())
    await user.remakeTopic(user.config.topics.books)
    await user.produce(['a'])
    await counter.count(await user.event())
    assert.deepEqual(await user.counts(), { a: ['1', '2', '3', '1'] })
  })

  it('refuses offsets that the log does not have, with a sentence, and publishes nothing', async () => {
    const user = await newUser()
    await user.produce(['a'])
    const [record] = await user.records()
    const invented = user.eventOf([{ ...record!, offset: 15 }])
    await assert.rejects(user.counter().count(invented), isError('NOT_FROM_THIS_TOPIC'))
    assert.deepEqual(await user.counts(), {})
  })

  it('refuses topics with different numbers of partitions', async () => {
    const user = await newUser()
    await user.produce(['a'])
    await user.remakeTopic(user.config.topics.bookCountState, 3)
    await assert.rejects(user.counter().count(await user.event()), isError('PARTITIONS_DIFFER'))
  })
})

function isError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code
}

/** A user id of the test's own, with topics. */
async function newUser() {
  const { brokers } = await startKafka()
  const config = readConfig({ BROKERS: brokers, USERID: uniqueUserid() })
  const admin = new Admin(config)
  const reader = new LogReader(config, 'read_uncommitted')
  closing.push(
    () => admin.close(),
    () => reader.close(),
  )
  await ensureTopics(admin, wantedTopics(config))
  return new User(config, admin, reader)
}

class User {
  readonly config: Config
  readonly brokers: string
  readonly #admin: Admin
  readonly #reader: LogReader

  constructor(config: Config, admin: Admin, reader: LogReader) {
    this.config = config
    this.brokers = config.brokers.join(',')
    this.#admin = admin
    this.#reader = reader
  }

  /** A container. */
  counter(): EventCounter {
    const cluster = new KafkaCluster(this.config)
    const counter = new EventCounter({ cluster, emit: 'every', log: silentLog })
    closing.push(
      () => cluster.close(),
      () => counter.close(),
    )
    return counter
  }

  /** A line each, from a producer that is not ours. */
  async produce(books: readonly string[]): Promise<void> {
    const input = books.map((book) => `${book}|a line`).join('\n')
    const partitioner = ['-X', 'topic.partitioner=murmur2_random']
    await kcat(['-P', '-b', this.brokers, '-t', this.config.topics.books, '-K', '|', ...partitioner], input)
  }

  async records(): Promise<KafkaEventRecord[]> {
    const topic = this.config.topics.books
    const all: KafkaEventRecord[] = []
    for (const { partition, start } of await this.#admin.offsets(topic)) {
      const { records } = await this.#reader.read(topic, partition, start, 1_000)
      for (const record of records) {
        const raw = { ...record, timestampType: 'CREATE_TIME' as const, headers: [] }
        all.push(JSON.parse(encodeRecord(topic, partition, raw)))
      }
    }
    return all
  }

  /** An event with every record there is. */
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

  /** Every update that was published, by book, as kcat reads it. */
  async counts(): Promise<Record<string, string[]>> {
    const counts: Record<string, string[]> = {}
    for (const { key, value } of await kcatRecords(this.brokers, this.config.topics.bookCount)) {
      counts[String(key)] ??= []
      counts[String(key)]!.push(String(value))
    }
    return counts
  }

  async remakeTopic(name: string, partitions = this.config.partitions): Promise<void> {
    await this.#admin.deleteTopic(name)
    const wanted = wantedTopics(this.config).find((topic) => topic.name === name)!
    await waitFor(() => this.#admin.createTopic({ ...wanted, partitions }), { within: 10_000 })
    await ensureTopics(this.#admin, [{ ...wanted, partitions }])
  }
}
