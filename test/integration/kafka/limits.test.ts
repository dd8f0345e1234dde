/** Limits of brokers, topics and records. The counts stay exact, or only the record that exceeds a limit fails. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { type AddressInfo, connect as connectTcp, type createServer as createTcpServer } from 'node:net'
import { after, describe, it } from 'node:test'
import { createSecureContext, createServer as createTlsServer } from 'node:tls'
import { openCluster } from '../../../books/cluster.ts'
import { ensureTopics, wantedTopics } from '../../../books/ensure-topics.ts'
import { WarmProducer } from '../../../books/ingest/warm-producer.ts'
import { editionOf, encodeLineHeader, lineHeaderName } from '../../../books/line-header.ts'
import { StateReader } from '../../../books/state-reader.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { LogReader } from '../../../kafka/consumer/log-reader.ts'
import { partitionOfKey } from '../../../kafka/producer/murmur2.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import { freePort } from '../../../local/programs/ports.ts'
import { apache } from '../../harness/apache.ts'
import { newUser, type User } from '../../harness/counting-user.ts'
import { createTopic, kafkaEvent, recordingService, seen, startService } from '../../harness/event-source.ts'
import { startOwnKafka } from '../../harness/kafka.ts'
import { temporaryFolder, uniqueUserid } from '../../harness/names.ts'
import { readRecords } from '../../harness/records.ts'
import { certificateFor } from '../../harness/secure-kafka.ts'
import { waitFor } from '../../harness/wait-for.ts'

const closing: (() => void)[] = []
after(() => {
  for (const close of closing.reverse()) close()
})

function clusterOf(brokers: string): Cluster {
  const cluster = openCluster({ brokers: [brokers] })
  closing.push(() => cluster.close())
  return cluster
}

async function write(producer: Producer, key: string, values: readonly string[]): Promise<void> {
  const writer = producer.writer(Buffer.from(key))
  for (const value of values) while (!writer.offer(Buffer.from(value))) await writer.room()
  await writer.acknowledged()
}

const oneLog = () => newUser({ PARTITIONS: '1' })
const numbered = (count: number) => Array.from({ length: count }, (_, i) => String(i + 1))

async function untilCounted(
  user: User,
  expected: Readonly<Record<string, readonly string[]>>,
): Promise<void> {
  const total = Object.values(expected).flat().length
  const counts = await waitFor(() => user.counts(), {
    within: 60_000,
    until: (found) => Object.values(found).flat().length >= total,
  })
  assert.deepEqual(counts, expected)
}

describe('a topic of counts that accepts only small batches', () => {
  for (const topic of ['bookCount', 'bookCountState'] as const) {
    it(`receives all counts of a large batch: ${topic}`, async () => {
      const user = await oneLog()
      const { books, [topic]: limited } = user.config.topics
      const alter = ['--alter', '--entity-type', 'topics', '--entity-name', limited]
      const limit = ['--add-config', 'max.message.bytes=100000']
      await apache('configs', ['--bootstrap-server', user.brokers, ...alter, ...limit])
      const producer = await Producer.open(clusterOf(user.brokers), books)
      await write(producer, 'many lines', numbered(10_000))
      for (let book = 0; book < 2_000; book++) await write(producer, `book ${book} ${'x'.repeat(60)}`, ['1'])
      await user.counter().count(await user.event())
      const others = numbered(2_000).map((n) => [`book ${Number(n) - 1} ${'x'.repeat(60)}`, ['1']] as const)
      await untilCounted(user, { 'many lines': numbered(10_000), ...Object.fromEntries(others) })
    })
  }
})

describe('a record of another producer with a key of almost 1 MiB', () => {
  it('does not stop its partition', async () => {
    const user = await oneLog()
    const producer = await Producer.open(clusterOf(user.brokers), user.config.topics.books)
    await write(producer, 'before', ['1', '2'])
    await write(producer, 'k'.repeat(1_048_000), [''])
    await write(producer, 'after', ['1'])
    await user.counter().count(await user.event())
    await untilCounted(user, { before: ['1', '2'], after: ['1'] })
    await write(producer, 'after', ['2'])
    await user.counter().count(await user.event())
    await untilCounted(user, { before: ['1', '2'], after: ['1', '2'] })
  })
})

describe('topics that are re-created with another number of partitions', () => {
  it('receive all lines of a book in one partition from a warm ingest', async () => {
    const user = await newUser({ PARTITIONS: '5' })
    const { topics } = user.config
    const cluster = clusterOf(user.brokers)
    const book = numbered(1_000).find((name) => {
      const [five, three] = [5, 3].map((count) => partitionOfKey(Buffer.from(name), count))
      return five! < 3 && five !== three
    })!
    const ingest = (producer: WarmProducer, etag: string, lines: number) =>
      producer.use(async (open) => {
        const writer = open.writer(Buffer.from(book), lineHeaderName)
        const edition = editionOf(etag)
        for (let number = 1; number <= lines; number++) {
          const header = encodeLineHeader({ edition, number, end: number === lines })
          while (!writer.offer(Buffer.from('x'), header)) await writer.room()
        }
        await writer.acknowledged()
      })
    const warm = new WarmProducer(() => Producer.open(cluster, topics.books))
    await ingest(warm, 'first', 4)
    for (const name of Object.values(topics)) await user.admin.deleteTopic(name)
    const wanted = wantedTopics({ ...user.config, partitions: 3 })
    for (const topic of wanted) await waitFor(() => user.admin.createTopic(topic), { within: 30_000 })
    await ensureTopics(user.admin, wanted)
    await ingest(warm, 'second', 7)
    await ingest(new WarmProducer(() => Producer.open(cluster, topics.books)), 'third', 2)
    const places = new Set((await user.records()).map(({ partition }) => partition))
    assert.deepEqual([...places], [partitionOfKey(Buffer.from(book), 3)])
    await user.counter().count(await user.event())
    const state = new StateReader(cluster, topics)
    const lines = async () => (await state.counts()).books.get(book)?.lines
    await waitFor(lines, { within: 30_000, until: (found) => found === 2 })
  })
})

describe('a producer quota of 15 kB/s', () => {
  it('delays a book without an error or a repeated line', { timeout: 900_000 }, async () => {
    const { brokers } = await startOwnKafka({ properties: { 'quota.window.num': 2 } })
    const clients = ['--alter', '--entity-type', 'clients', '--entity-name', 'book-counts']
    const quota = ['--add-config', 'producer_byte_rate=15000']
    await apache('configs', ['--bootstrap-server', brokers, ...clients, ...quota])
    const cluster = clusterOf(brokers)
    const topic = `${uniqueUserid()}.books`
    await createTopic(brokers, topic, 1)
    const producer = await Producer.open(cluster, topic)
    // Takes longer than 60 s, the delivery timeout of a batch that is not throttled.
    const values = numbered(9_000).map((number) => number.padStart(100))
    await write(producer, 'book', values)
    const records = await readRecords(new LogReader(cluster, 'read_uncommitted'), topic, 0, 0)
    assert.deepEqual(
      records.map(({ value }) => String(value)),
      values,
    )
  })
})

describe('a broker behind TLS that serves several names', () => {
  it('receives the server name for a host name, and none for an address', async (t) => {
    const folder = temporaryFolder()
    const byName = certificateFor(folder, 'by-name', 'DNS:localhost')
    const byDefault = certificateFor(folder, 'by-default', 'IP:127.0.0.1')
    const contextOf = ({ certificateFile, privateKeyFile }: typeof byName) =>
      createSecureContext({ cert: readFileSync(certificateFile), key: readFileSync(privateKeyFile) })
    const names: (string | false)[] = []
    const terminator = createTlsServer(
      {
        cert: readFileSync(byDefault.certificateFile),
        key: readFileSync(byDefault.privateKeyFile),
        SNICallback: (name, done) => done(null, name === 'localhost' ? contextOf(byName) : undefined),
      },
      (client) => {
        names.push(client.servername ?? false)
        const server = connectTcp(port, '127.0.0.1')
        client.pipe(server).pipe(client)
        for (const socket of [client, server]) socket.on('error', () => undefined)
        client.on('close', () => server.destroy())
      },
    )
    const port = await freePort()
    const front = await listening(terminator)
    t.after(() => void terminator.close())
    await startOwnKafka({ port, properties: { 'advertised.listeners': `PLAINTEXT://localhost:${front}` } })

    const tls = { kind: 'tls', authority: { file: byName.certificateFile } } as const
    const cluster = openCluster({ brokers: [`localhost:${front}`], security: tls })
    closing.push(() => cluster.close())
    const admin = new Admin(cluster)
    await admin.createTopic({ name: 'lines', partitions: 1, replicationFactor: 1, configs: {} })
    await write(await Producer.open(cluster, 'lines'), 'key', ['a line'])
    const records = await readRecords(new LogReader(cluster, 'read_committed'), 'lines', 0, 0)
    assert.equal(String(records[0]!.value), 'a line')

    const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:ca-AbCdEf'
    const { serviceDir, seenFile } = recordingService(
      'for (const record of recordsOf(event)) see(textOf(record))',
    )
    const topic = { brokers: `localhost:${front}`, topic: 'lines' }
    await startService(t, {
      serviceDir,
      custom: { secrets: { [arn]: { certificate: readFileSync(byName.certificateFile, 'utf8') } } },
      functions: {
        fn: {
          handler: 'fn.handler',
          events: [kafkaEvent(topic, { accessConfigurations: { serverRootCaCertificate: arn } })],
        },
      },
    })
    await waitFor(() => seen<string>(seenFile), { within: 60_000, until: ([value]) => value === 'a line' })
    assert.deepEqual(new Set(names), new Set(['localhost']))

    names.length = 0
    const byAddress = openCluster({
      brokers: [`127.0.0.1:${front}`],
      security: { kind: 'tls', authority: { file: byDefault.certificateFile } },
    })
    closing.push(() => byAddress.close())
    await byAddress.metadata([])
    assert.deepEqual(names.filter((name) => name === false).length, 1)
  })
})

async function listening(server: ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, resolve))
  return (server.address() as AddressInfo).port
}
