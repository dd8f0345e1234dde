import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Cluster } from '../../../../kafka/cluster/cluster.ts'
import { partitionOfKey } from '../../../../kafka/producer/murmur2.ts'
import { Producer } from '../../../../kafka/producer/producer.ts'
import { recordsIn } from '../../../harness/records.ts'
import { ScriptedBroker, turns } from '../scripted-broker.ts'

const topic = 'me.books'
const firstId = 'AAAAAAAAAAEAAAAAAAAAAg'
const secondId = 'AAAAAAAAAAEAAAAAAAAAAw'

/** Mocks both clocks. */
function mockTime(t: TestContext): void {
  t.mock.timers.enable({ apis: ['Date'], now: 1_000_000 })
  t.mock.method(performance, 'now', () => Date.now())
}

async function producing(t: TestContext, { id = '', versions = {} } = {}) {
  const broker = await ScriptedBroker.start({ versions })
  broker.topics.push({ name: topic, id })
  const cluster = new Cluster({ brokers: [broker.address] })
  const producer = await Producer.open(cluster, topic)
  t.after(() => {
    producer.close()
    cluster.close()
  })
  return { broker, producer, writer: producer.writer(Buffer.from('book')) }
}

function valuesOf(batch: Buffer): string[] {
  return recordsIn(batch).map(({ value }) => String(value))
}

/**
 * A leader also responds so if it appended a batch and lost the partition before its replicas received the batch (Kafka's
 * `DelayedProduce`). The next leader may have the batch and recognizes it by its sequence numbers and length.
 */
for (const [name, code] of [
  ['NOT_LEADER_OR_FOLLOWER', 6],
  ['UNKNOWN_TOPIC_OR_PARTITION', 3],
  ['REQUEST_TIMED_OUT', 7],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 20],
] as const) {
  test(`sends the same batch again after ${name}`, async (t) => {
    const { broker, writer } = await producing(t)
    broker.errors.push(code)
    writer.offer(Buffer.from('a'))
    await broker.received('Produce', 1)
    while (broker.batches.length < 2) {
      writer.offer(Buffer.from('b'))
      await turns(1)
    }
    await writer.acknowledged()
    assert.deepEqual(valuesOf(broker.batches[0]!), ['a'])
    assert.deepEqual(broker.batches[1], broker.batches[0])
    const rest = broker.batches.slice(2).flatMap(valuesOf)
    assert.ok(rest.length > 0 && rest.every((value) => value === 'b'))
  })
}

test('ends when a batch that may be written fails for a minute', async (t) => {
  mockTime(t)
  const { broker, writer } = await producing(t)
  broker.errors.push(6, 6)
  writer.offer(Buffer.from('a'))
  await broker.received('Produce', 1)
  await broker.received('Metadata', 2) // the look-up after the first failure
  t.mock.timers.tick(61_000)
  await assert.rejects(writer.acknowledged(), { code: 'KAFKA_UNAVAILABLE', retryable: true })
  assert.throws(() => writer.offer(Buffer.from('b')), { code: 'KAFKA_UNAVAILABLE' })
})

test('does not count the time in the queue as delivery timeout', async (t) => {
  mockTime(t)
  const { broker, writer } = await producing(t)
  const respond = holdResponse(broker)
  writer.offer(Buffer.from('first'))
  await broker.received('Produce', 1)
  writer.offer(Buffer.from('second'))
  t.mock.timers.tick(120_000)
  broker.errors.push(0, 6)
  delete broker.handlers.Produce
  respond()
  await writer.acknowledged()
  assert.deepEqual(broker.batches.map(valuesOf), [['first'], ['second'], ['second']])
})

test('does not count the time that the broker throttles as delivery timeout', async (t) => {
  mockTime(t)
  const { broker, writer } = await producing(t)
  broker.throttleMs = 50
  writer.offer(Buffer.from('first'))
  await writer.acknowledged() // throttled until the clock is moved
  writer.offer(Buffer.from('second'))
  await turns(5)
  assert.equal(broker.requestsOf('Produce').length, 1)
  broker.throttleMs = 0
  broker.errors.push(6)
  t.mock.timers.tick(120_000)
  await writer.acknowledged()
  assert.deepEqual(broker.batches.map(valuesOf), [['first'], ['second'], ['second']])
})

test('sends waiting batches to a leader that changed during a send', { timeout: 60_000 }, async (t) => {
  const [one, two] = [await ScriptedBroker.start(), await ScriptedBroker.start()]
  const leaders = [1, 2]
  for (const broker of [one, two]) {
    broker.nodes.set(1, one.port).set(2, two.port)
    broker.topics.push({ name: topic, partitions: 2, leaders })
  }
  const cluster = new Cluster({ brokers: [one.address] })
  t.after(() => cluster.close())
  const producer = await Producer.open(cluster, topic)
  t.after(() => producer.close())
  const writerOf = (partition: number) => {
    const keys = ['a', 'b', 'c', 'd', 'e'].map((name) => Buffer.from(name))
    return producer.writer(keys.find((key) => partitionOfKey(key, 2) === partition)!)
  }
  const [first, second] = [writerOf(0), writerOf(1)]
  const respond = holdResponse(one)
  first.offer(Buffer.from('in flight'))
  await one.received('Produce', 1)
  first.offer(Buffer.from('next'))
  leaders[0] = 2
  two.errors.push(6) // the producer looks up all leaders after this failure
  second.offer(Buffer.from('other'))
  await second.acknowledged()
  respond()
  await first.acknowledged()
  assert.deepEqual(one.batches.map(valuesOf), [['in flight']])
  assert.deepEqual(two.batches.map(valuesOf), [['other'], ['other'], ['next']])
})

test('splits a batch that is too large, and keeps the order', async (t) => {
  const { broker, writer } = await producing(t)
  const values = Array.from({ length: 8 }, (_, i) => `${i}`)
  broker.errors.push(10, 10)
  for (const value of values) writer.offer(Buffer.from(value))
  await writer.acknowledged()
  const written = broker.batches.map(valuesOf)
  assert.deepEqual(written[0], values)
  assert.deepEqual(written[1], values.slice(0, 4))
  assert.deepEqual(written.slice(2).flat(), values)
})

test('writes numbered records of any size in order, and each once', async (t) => {
  const { broker, producer } = await producing(t)
  const writer = producer.writer(Buffer.from('book'), 'line')
  const lengths = Array.from({ length: 1_200 }, (_, i) => (i % 400 === 399 ? 300_000 : i % 90))
  const ranges = new Int32Array(lengths.flatMap((length) => [0, length]))
  const bytes = Buffer.alloc(300_000, 'x')
  for (let taken = 0; taken < lengths.length; ) {
    const header = Buffer.from(`edition:${taken + 1}`)
    const added = writer.offerNumbered(bytes, ranges.subarray(2 * taken), header)
    if (added === 0) await writer.room()
    taken += added
  }
  await writer.acknowledged()
  const written = broker.batches.flatMap(recordsIn)
  assert.deepEqual(
    written.map(({ key, value, headers: [header] }) => [
      `${key}`,
      value?.length,
      header![0],
      `${header![1]}`,
    ]),
    lengths.map((length, i) => ['book', length, 'line', `edition:${i + 1}`]),
  )
  const sizes = broker.batches.map(({ length }) => length)
  assert.ok(sizes.length > 1 && Math.max(...sizes) <= 512 * 1024, `${sizes}`)
})

test('fails a single record that is too large, and continues', async (t) => {
  const { broker, writer, producer } = await producing(t)
  broker.errors.push(10)
  writer.offer(Buffer.alloc(5, 'x'))
  await assert.rejects(writer.acknowledged(), {
    code: 'RECORD_TOO_LARGE',
    message: /^A record of key "book" has 5 bytes, more than me\.books accepts\./,
  })
  const other = producer.writer(Buffer.from('book'))
  other.offer(Buffer.from('y'))
  await other.acknowledged()
  assert.deepEqual(broker.batches.map(valuesOf), [['xxxxx'], ['y']])
})

test('treats DUPLICATE_SEQUENCE_NUMBER as written', async (t) => {
  const { broker, writer } = await producing(t)
  broker.errors.push(46)
  writer.offer(Buffer.from('a'))
  await writer.acknowledged()
  assert.equal(broker.batches.length, 1)
})

for (const [what, change] of [
  ['the topic is unchanged', { id: firstId }],
  ['the broker reports no topic id any more', { id: '' }],
] as const) {
  test(`writes after verifying the topic when ${what}`, async (t) => {
    const { broker, producer, writer } = await producing(t, { id: firstId })
    Object.assign(broker.topics[0]!, change)
    producer.verifyTopic()
    assert.equal(writer.offer(Buffer.from('a')), false)
    await writer.room()
    assert.equal(writer.offer(Buffer.from('a')), true)
    await writer.acknowledged()
    assert.deepEqual(broker.batches.map(valuesOf), [['a']])
  })
}

test('writes after verifying the topic when the broker starts to report topic ids', async (t) => {
  const { broker, producer, writer } = await producing(t)
  broker.topics[0]!.id = secondId
  producer.verifyTopic()
  await writer.room()
  assert.equal(writer.offer(Buffer.from('a')), true)
  await writer.acknowledged()
})

for (const [what, change] of [
  ['the topic was re-created', (topics) => Object.assign(topics[0]!, { id: secondId })],
  ['the topic got more partitions', (topics) => Object.assign(topics[0]!, { partitions: 2 })],
  ['the topic was deleted', (topics) => topics.splice(0)],
] as readonly [string, (topics: object[]) => unknown][]) {
  test(`writes nothing after verifying the topic when ${what}`, async (t) => {
    const { broker, producer, writer } = await producing(t, { id: firstId })
    change(broker.topics)
    producer.verifyTopic()
    assert.equal(writer.offer(Buffer.from('a')), false)
    await writer.room()
    assert.throws(() => writer.offer(Buffer.from('a')), { code: 'TOPIC_MISSING', retryable: true })
    assert.deepEqual(broker.batches, [])
  })
}

test('flush waits for the verification, so that a freeze does not leave its response unread', async (t) => {
  const { broker, producer, writer } = await producing(t, { id: firstId })
  broker.topics.length = 0
  producer.verifyTopic()
  await producer.flush()
  assert.throws(() => writer.offer(Buffer.from('a')), { code: 'TOPIC_MISSING' })
})

test('ends when a retry finds that the topic was re-created', async (t) => {
  const { broker, writer } = await producing(t, { id: firstId })
  broker.errors.push(6)
  broker.topics[0]!.id = secondId
  writer.offer(Buffer.from('a'))
  await assert.rejects(writer.acknowledged(), { code: 'TOPIC_MISSING', retryable: true })
  assert.equal(broker.batches.length, 1)
})

test('writes to a broker with the versions of Redpanda', async (t) => {
  const versions = { Produce: { min: 0, max: 7 }, Metadata: { min: 0, max: 8 } }
  const { broker, writer } = await producing(t, { versions })
  writer.offer(Buffer.from('a'), Buffer.from('header'))
  await writer.acknowledged()
  const used = broker.requests.map(({ api, version }) => `${api} ${version}`)
  assert.deepEqual(used, ['ApiVersions 0', 'Metadata 8', 'InitProducerId 1', 'Produce 7'])
})

/** Returns the function that sends the held response to Produce. */
function holdResponse(broker: ScriptedBroker): () => void {
  let respond: () => void = () => undefined
  broker.handlers.Produce = async (request, response) => {
    await new Promise<void>((resolve) => {
      respond = resolve
    })
    broker.produce(request, response)
  }
  return () => respond()
}
