import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import type { BookCounts } from '../../../books/book-counts.ts'
import {
  type BookState,
  bookStateKey,
  checkpointKey,
  encodeBookState,
  encodeCheckpoint,
} from '../../../books/book-state.ts'
import { openCluster } from '../../../books/cluster.ts'
import { type Config, readConfig } from '../../../books/config.ts'
import { ensureTopics, wantedTopics } from '../../../books/ensure-topics.ts'
import { StateReader } from '../../../books/state-reader.ts'
import { Admin } from '../../../kafka/admin.ts'
import { TransactionalProducer } from '../../../kafka/producer/transactional-producer.ts'
import { isError } from '../../harness/is-error.ts'
import { startKafka, startOwnKafka } from '../../harness/kafka.ts'
import { temporaryFolder, uniqueUserid } from '../../harness/names.ts'
import { waitFor } from '../../harness/wait-for.ts'

const closing: (() => unknown)[] = []
after(async () => {
  for (const close of closing.reverse()) await close()
})

describe('the state reader', () => {
  it('reads the existing state, and then its changes', async () => {
    const { reader, write } = await newState()
    assert.equal((await reader.counts()).books.size, 0)
    await write(0, { a: 3, b: 2 })
    await write(4, { c: 1 })
    await reads(reader, { a: 3, b: 2, c: 1 })
    await write(0, { a: 4 })
    await reads(reader, { a: 4, b: 2, c: 1 })
    await write(0, { b: null })
    const counts = await reads(reader, { a: 4, c: 1 })
    assert.ok(Math.abs(Date.now() - counts.books.get('a')!.updatedAtMs) < 60_000)
  })

  it('reads a transaction only after its commit', async () => {
    const { reader, config } = await newState()
    const producer = await openProducer(config, 1)
    produce(producer, config, 1, { a: 1 })
    await producer.flush()
    assert.deepEqual(lines(await reader.counts()), {})
    produce(producer, config, 1, { b: 1 })
    await producer.commit()
    await reads(reader, { a: 1, b: 1 })
  })

  it('reads only whole transactions while transactions are written', async () => {
    const { reader, config } = await newState()
    const producer = await openProducer(config, 2)
    let writing = true
    const write = async () => {
      for (let n = 1; writing; n++) {
        produce(producer, config, 2, { a: n, b: n, c: n })
        const totals = { books: 3, lines: 3 * n }
        const checkpoint = encodeCheckpoint({
          next: n,
          booksTopicId: 'x',
          countTopicId: 'y',
          partitions: 5,
          ...totals,
        })
        producer.produce(config.topics.bookCountState, 2, checkpointKey, checkpoint)
        await producer.commit()
      }
    }
    const written = write()
    for (let i = 0; i < 100; i++) assert.equal((await reader.counts()).status.kind, 'current')
    writing = false
    await written
    assert.ok((await reader.counts()).books.get('a')!.lines > 1)
  })

  it('discards its counts when the topic is re-created, also with another number of partitions', async () => {
    const { reader, config, admin, write } = await newState()
    await write(0, { a: 3, b: 1 })
    await reads(reader, { a: 3, b: 1 })
    await admin.deleteTopic(config.topics.bookCountState)
    await assert.rejects(reader.counts(), isError('TOPIC_MISSING'))
    const wanted = wantedTopics(config).find(({ name }) => name === config.topics.bookCountState)!
    await waitFor(() => admin.createTopic({ ...wanted, partitions: 2 }), { within: 10_000 })
    await ensureTopics(admin, [{ ...wanted, partitions: 2 }])
    await write(1, { c: 7 })
    await reads(reader, { c: 7 })
  })

  it('reconnects after the broker was killed and restarted', async () => {
    const dataDir = join(temporaryFolder(), 'kafka')
    const broker = await startOwnKafka({ dataDir })
    const { reader, config, write } = await newState(broker.brokers)
    await write(0, { a: 3 })
    await reads(reader, { a: 3 })
    await broker.kill()
    const port = Number(broker.brokers.split(':')[1])
    await startOwnKafka({ port, dataDir })
    const producer = await openProducer(config, 0)
    produce(producer, config, 0, { a: 4 })
    await producer.commit()
    await reads(reader, { a: 4 })
  })
})

/** A broker acknowledges a commit before readers see its markers (KIP-98). */
async function reads(reader: StateReader, expected: Lines): Promise<BookCounts> {
  let counts: BookCounts | undefined
  await waitFor(
    async () => {
      counts = await reader.counts()
      return lines(counts)
    },
    { within: 5_000, until: (seen) => isDeepStrictEqual(seen, expected) },
  )
  return counts!
}

type Lines = Readonly<Record<string, number | null>>

function lines(counts: BookCounts): Lines {
  return Object.fromEntries([...counts.books.values()].map((book) => [book.name, book.lines]))
}

async function newState(on?: string) {
  const brokers = on ?? (await startKafka()).brokers
  const config = readConfig({ BROKERS: brokers, USERID: uniqueUserid() })
  const cluster = openCluster(config)
  const admin = new Admin(cluster)
  const reader = new StateReader(cluster, config.topics)
  closing.push(() => cluster.close())
  await ensureTopics(admin, wantedTopics(config))
  const write = async (partition: number, books: Lines) => {
    const producer = await openProducer(config, partition)
    produce(producer, config, partition, books)
    await producer.commit()
  }
  return { config, admin, reader, write }
}

async function openProducer(config: Config, partition: number): Promise<TransactionalProducer> {
  const cluster = openCluster(config)
  closing.push(() => cluster.close())
  return TransactionalProducer.open(cluster, `${config.userid}.count.${partition}`)
}

function produce(producer: TransactionalProducer, config: Config, partition: number, books: Lines): void {
  for (const [book, lines] of Object.entries(books)) {
    const state: BookState | null =
      lines === null ? null : { lines, edition: 'abcdefgh', number: lines, complete: false }
    const value = state && encodeBookState(state)
    producer.produce(config.topics.bookCountState, partition, bookStateKey(Buffer.from(book)), value)
  }
}
