import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { openCluster } from '../../../books/cluster.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { TransactionalProducer } from '../../../kafka/producer/transactional-producer.ts'
import { AppError } from '../../../lib/errors.ts'
import { freePort } from '../../../local/programs/ports.ts'
import { startOwnKafka } from '../../harness/kafka.ts'
import { kcatRecords, withoutKcat } from '../../harness/kcat.ts'
import { uniqueUserid } from '../../harness/names.ts'
import { TcpProxy } from '../../harness/tcp-proxy.ts'

/** The broker is behind this proxy. */
const proxy = new TcpProxy()
const address = `127.0.0.1:${await proxy.listen()}`
const port = await freePort()
await startOwnKafka({ port, properties: { 'advertised.listeners': `PLAINTEXT://${address}` } })
proxy.leadTo(port)
const clusters: Cluster[] = []
after(() => {
  for (const cluster of clusters) cluster.close()
})

const key = Buffer.from('book')

async function newTopic(partitions = 2): Promise<string> {
  const topic = uniqueUserid()
  await new Admin(newCluster()).createTopic({ name: topic, partitions, replicationFactor: 1, configs: {} })
  return topic
}

/** Opens new connections, as in a new container. */
function open(id: string): Promise<TransactionalProducer> {
  return TransactionalProducer.open(newCluster(), id)
}

function newCluster(): Cluster {
  const cluster = openCluster({ brokers: [address] })
  clusters.push(cluster)
  return cluster
}

/** The committed values of partition 0. */
async function published(topic: string): Promise<string[]> {
  const records = await kcatRecords(`127.0.0.1:${port}`, topic)
  return records.filter(({ partition }) => partition === 0).map(({ value }) => String(value))
}

async function publish(producer: TransactionalProducer, topic: string, ...values: string[]): Promise<void> {
  for (const value of values) producer.produce(topic, 0, key, Buffer.from(value))
  await producer.commit()
}

test('publishes a transaction in all its partitions at its commit, and not before', {
  skip: withoutKcat,
}, async () => {
  const topic = await newTopic()
  const producer = await open(topic)
  producer.produce(topic, 0, key, Buffer.from('a'))
  producer.produce(topic, 1, key, null)
  producer.produce(topic, 0, key, Buffer.alloc(0))
  await producer.flush()
  producer.produce(topic, 0, key, Buffer.from('b'))
  await producer.flush()
  assert.deepEqual(await published(topic), [])
  await producer.commit()
  const records = (await kcatRecords(`127.0.0.1:${port}`, topic)).map(({ partition, value }) => [
    partition,
    value?.toString(),
  ])
  assert.deepEqual(records, [
    [0, 'a'],
    [0, ''],
    [0, 'b'],
    [1, undefined],
  ])
})

test('commits transactions directly one after another, also with several batches', {
  skip: withoutKcat,
}, async () => {
  const topic = await newTopic()
  const producer = await open(topic)
  const expected: string[] = []
  for (let number = 0; number < 100; number++) {
    const values = Array.from({ length: number % 10 === 0 ? 30_000 : 3 }, (_, i) => `${number} ${i} of it`)
    await publish(producer, topic, ...values)
    expected.push(...values)
  }
  assert.deepEqual(await published(topic), expected)
})

test('a transaction without records has no effect', { skip: withoutKcat }, async () => {
  const topic = await newTopic()
  const producer = await open(topic)
  await publish(producer, topic)
  await publish(producer, topic, 'a')
  assert.deepEqual(await published(topic), ['a'])
})

test('a new producer fences earlier ones with its id, and aborts their open transactions', {
  skip: withoutKcat,
}, async () => {
  const topic = await newTopic()
  const first = await open(topic)
  await publish(first, topic, 'a')
  first.produce(topic, 0, key, Buffer.from('left open'))
  await first.flush()
  const second = await open(topic)
  await publish(second, topic, 'b')
  await assert.rejects(first.commit(), { code: 'FENCED', retryable: true })
  const third = await open(topic)
  await assert.rejects(publish(second, topic, 'too late'), { code: 'FENCED', retryable: true })
  await publish(third, topic, 'c')
  assert.deepEqual(await published(topic), ['a', 'b', 'c'])
})

test('reconnects after connections were lost between transactions', { skip: withoutKcat }, async () => {
  const topic = await newTopic()
  const producer = await open(topic)
  for (const value of ['a', 'b', 'c']) {
    proxy.cutAll()
    await publish(producer, topic, value)
  }
  assert.deepEqual(await published(topic), ['a', 'b', 'c'])
})

test('publishes a transaction whole or not at all, and never twice, when any response is lost', {
  skip: withoutKcat,
}, async () => {
  const topic = await newTopic()
  const outcomes = { committed: 0, unknown: 0 }
  let known: string[] = []
  for (let number = 0; number < 100; number++) {
    const values = [`${number} a`, `${number} b`]
    const before = known
    try {
      // Cuts each response to a transaction. The first one, to ApiVersions, has about 450 bytes.
      proxy.faults.push({ afterBytes: 300 + number * 6, how: 'cut' })
      const producer = await open(topic)
      await publish(producer, topic, ...values)
      outcomes.committed++
      known = [...before, ...values]
    } catch (error) {
      assert.ok(error instanceof AppError && error.retryable, String(error))
      outcomes.unknown++
      // The next producer with the id completes or aborts the transaction.
      await open(topic)
      known = await published(topic)
      assert.ok([before.length, before.length + values.length].includes(known.length), known.join())
    }
    proxy.faults.length = 0
  }
  assert.deepEqual(await published(topic), known)
  assert.equal(new Set(known).size, known.length)
  assert.ok(outcomes.committed > 0 && outcomes.unknown > 0, JSON.stringify(outcomes))
})

test('fails with TOPIC_MISSING for a missing topic', { timeout: 60_000 }, async () => {
  const producer = await open(uniqueUserid())
  await assert.rejects(publish(producer, uniqueUserid(), 'a'), { code: 'TOPIC_MISSING', retryable: true })
})
