import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openCluster } from '../../../books/cluster.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { KeyWriter } from '../../../kafka/producer/key-writer.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import { startKafka } from '../../harness/kafka.ts'
import { kcatRecords, withoutKcat } from '../../harness/kcat.ts'
import { uniqueUserid } from '../../harness/names.ts'

const { brokers } = await startKafka()
const cluster = openCluster({ brokers: [brokers] })
const admin = new Admin(cluster)
after(() => cluster.close())

async function newTopic(configs: Record<string, string> = {}, partitions = 5): Promise<string> {
  const name = `${uniqueUserid()}.books`
  await admin.createTopic({ name, partitions, replicationFactor: 1, configs })
  return name
}

function openProducer(topic: string): Promise<Producer> {
  return Producer.open(cluster, topic)
}

async function write(writer: KeyWriter, value: Buffer | null, header?: Buffer): Promise<void> {
  while (!writer.offer(value, header)) await writer.room()
}

/** Values of Kafka's own tests of its hash (UtilsTest.testMurmur2). */
const murmur2 = new Map([
  ['21', -973932308],
  ['foobar', -790332482],
  ['a-little-bit-long-string', -985981536],
  ['a-little-bit-longer-string', -1486304829],
  ['lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8', -58897971],
  ['abc', 479470107],
])

test("sends keys to the partitions that Kafka's Java client chooses", { skip: withoutKcat }, async () => {
  const partitions = 7
  const topic = await newTopic({}, partitions)
  const producer = await openProducer(topic)
  for (const key of murmur2.keys()) await write(producer.writer(Buffer.from(key)), Buffer.from('line'))
  await producer.flush()
  const found = new Map(
    (await kcatRecords(brokers, topic)).map(({ key, partition }) => [String(key), partition]),
  )
  const expected = [...murmur2].map(([key, hash]) => [key, (hash & 0x7fffffff) % partitions] as const)
  assert.deepEqual(found, new Map([...found.keys()].map((key) => [key, new Map(expected).get(key)])))
  assert.equal(found.size, murmur2.size)
})

test('keys, values and headers arrive byte for byte', { skip: withoutKcat }, async () => {
  const topic = await newTopic({}, 1)
  const producer = await openProducer(topic)
  const writer = producer.writer(Buffer.from('nul\0in the middle, ü and \u{1f4d6}'), 'line')
  await write(writer, Buffer.from([0, 0xff, 0xfe, 0x0d]), Buffer.from('AbCdEfGh:1'))
  await write(writer, Buffer.alloc(0), Buffer.from('AbCdEfGh:2:end'))
  await write(writer, Buffer.from('no header'))
  await write(writer, null)
  await write(producer.writer(null), Buffer.from('no key'))
  await write(producer.writer(Buffer.alloc(0)), Buffer.from('empty key'))
  await writer.acknowledged()
  const records = await kcatRecords(brokers, topic)
  const key = Buffer.from('nul\0in the middle, ü and \u{1f4d6}')
  assert.deepEqual(
    records.map(({ key, value, headers }) => ({ key, value, headers })),
    [
      { key, value: Buffer.from([0, 0xff, 0xfe, 0x0d]), headers: 'line=AbCdEfGh:1' },
      { key, value: Buffer.alloc(0), headers: 'line=AbCdEfGh:2:end' },
      { key, value: Buffer.from('no header'), headers: '' },
      { key, value: null, headers: '' },
      { key: null, value: Buffer.from('no key'), headers: '' },
      { key: Buffer.alloc(0), value: Buffer.from('empty key'), headers: '' },
    ],
  )
})

test('a full queue accepts no record until there is room', { skip: withoutKcat }, async () => {
  const topic = await newTopic({}, 1)
  const producer = await openProducer(topic)
  const writer = producer.writer(Buffer.from('book'))
  const lines = 200
  // Filled faster than a broker accepts records. The client copies each value, so one Buffer is enough.
  const long = Buffer.alloc(500_000, ' ')
  let full = 0
  for (let number = 0; number < lines; number++) {
    long.write(String(number).padStart(8))
    while (!writer.offer(long)) {
      full++
      await writer.room()
    }
  }
  await writer.acknowledged()
  assert.ok(full > 0)
  const values = (await kcatRecords(brokers, topic)).map(({ value }) => Number(value))
  assert.deepEqual(
    values,
    Array.from({ length: lines }, (_, number) => number),
  )
})

test('a line that is not acknowledged fails only its own writer', async () => {
  const topic = await newTopic({ 'max.message.bytes': '1010000' }, 1)
  const producer = await openProducer(topic)
  const refused = Buffer.alloc(1_020_000, 'x')
  for (let round = 0; round < 30; round++) {
    const unlucky = producer.writer(Buffer.from(`unlucky ${round}`))
    const lucky = producer.writer(Buffer.from(`lucky ${round}`))
    const bad = (round * 37) % 200
    for (let number = 0; number < 200; number++) {
      await write(lucky, Buffer.from('line'))
      await write(unlucky, number === bad ? refused : Buffer.from('line'))
    }
    const [unluckyOutcome, luckyOutcome] = await Promise.allSettled([
      unlucky.acknowledged(),
      lucky.acknowledged(),
    ])
    assert.equal(luckyOutcome.status, 'fulfilled')
    assert.equal(unluckyOutcome.status === 'rejected' && unluckyOutcome.reason.code, 'RECORD_TOO_LARGE')
    assert.match(String((unluckyOutcome as PromiseRejectedResult).reason.message), /1020000 bytes/)
    await unlucky.acknowledged()
  }
})

test('a missing topic fails the open with TOPIC_MISSING', async () => {
  const topic = `${uniqueUserid()}.books`
  await assert.rejects(Producer.open(cluster, topic), { code: 'TOPIC_MISSING', retryable: true })
})

test('a second close has no effect, and records after it are rejected', async () => {
  const producer = await openProducer(await newTopic())
  const writer = producer.writer(Buffer.from('book'))
  assert.ok(writer.offer(Buffer.from('too late to be acknowledged')))
  producer.close()
  producer.close()
  await assert.rejects(writer.acknowledged(), { code: 'KAFKA_UNAVAILABLE', retryable: true })
  assert.throws(() => writer.offer(Buffer.from('late')), { code: 'KAFKA_UNAVAILABLE' })
})
