import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openCluster } from '../../../books/cluster.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { KeyWriter } from '../../../kafka/producer/key-writer.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import { freePort } from '../../../local/programs/ports.ts'
import { startOwnKafka } from '../../harness/kafka.ts'
import { kcatRecords, withoutKcat } from '../../harness/kcat.ts'
import { temporaryFolder, uniqueUserid } from '../../harness/names.ts'
import { TcpProxy } from '../../harness/tcp-proxy.ts'

/** The broker is behind this proxy. */
const proxy = new TcpProxy()
const address = `127.0.0.1:${await proxy.listen()}`
const options = {
  port: await freePort(),
  dataDir: temporaryFolder(),
  properties: { 'advertised.listeners': `PLAINTEXT://${address}` },
}
let broker = await startOwnKafka(options)
proxy.leadTo(options.port)
const cluster = openCluster({ brokers: [address] })
const direct = `127.0.0.1:${options.port}`
after(() => cluster.close())

async function newProducer(configs: Record<string, string> = {}, partitions = 1) {
  const topic = `${uniqueUserid()}.books`
  await new Admin(cluster).createTopic({ name: topic, partitions, replicationFactor: 1, configs })
  const producer = await Producer.open(cluster, topic)
  return { topic, producer }
}

async function write(writer: KeyWriter, from: number, to: number): Promise<void> {
  for (let number = from; number < to; number++) {
    while (!writer.offer(Buffer.from(`line ${number}`))) await writer.room()
  }
}

async function valuesOf(topic: string): Promise<string[]> {
  return (await kcatRecords(direct, topic)).map(({ value }) => String(value))
}

const lines = (count: number) => Array.from({ length: count }, (_, number) => `line ${number}`)

test('writes each line once and in order when responses are lost', {
  skip: withoutKcat,
}, async () => {
  const { topic, producer } = await newProducer()
  const writer = producer.writer(Buffer.from('book'))
  const before = proxy.connections
  // Cuts the open connection, and each later connection during the response to any request.
  for (const afterBytes of [1, 150, 200, 250, 300, 500, 700]) proxy.faults.push({ afterBytes, how: 'cut' })
  proxy.cutAll()
  for (let from = 0; from < 40_000; from += 2_000) {
    await write(writer, from, from + 2_000)
    await writer.acknowledged()
  }
  assert.deepEqual(await valuesOf(topic), lines(40_000))
  assert.ok(proxy.connections - before >= 7)
})

test('writes each line once and in order when the broker is killed and restarted', {
  skip: withoutKcat,
}, async () => {
  const { topic, producer } = await newProducer()
  const writer = producer.writer(Buffer.from('book'))
  await write(writer, 0, 100)
  await writer.acknowledged()
  const writing = write(writer, 100, 300_000).then(() => writer.acknowledged())
  await broker.kill()
  broker = await startOwnKafka(options)
  await writing
  assert.deepEqual(await valuesOf(topic), lines(300_000))
})

test('splits batches for a topic that accepts only small ones', { skip: withoutKcat }, async () => {
  const { topic, producer } = await newProducer({ 'max.message.bytes': '2000' })
  const writer = producer.writer(Buffer.from('book'))
  await write(writer, 0, 10_000)
  await writer.acknowledged()
  assert.deepEqual(await valuesOf(topic), lines(10_000))
})

test('fails with TOPIC_MISSING when the topic was deleted after earlier writes', {
  timeout: 120_000,
}, async () => {
  const { topic, producer } = await newProducer()
  const writer = producer.writer(Buffer.from('book'))
  await write(writer, 0, 10)
  await writer.acknowledged()
  await new Admin(cluster).deleteTopic(topic)
  await write(writer, 10, 20)
  await assert.rejects(writer.acknowledged(), { code: 'TOPIC_MISSING', retryable: true })
})
