import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { Cluster } from '../../../../kafka/cluster/cluster.ts'
import { TransactionalProducer } from '../../../../kafka/producer/transactional-producer.ts'
import { recordsIn } from '../../../harness/records.ts'
import { type RequestHandler, ScriptedBroker } from '../scripted-broker.ts'

const topic = 't'
const key = Buffer.from('book')
/** Position of a batch's first sequence number (Kafka documentation, "Record Batch"). */
const baseSequenceAt = 53

/** Responds to AddPartitionsToTxn with one error code per partition. */
function added(
  codes: readonly (readonly [topic: string, partition: number, code: number])[],
): RequestHandler {
  return (_request, response) => {
    response.int32(0)
    response.array(codes, ([name, partition, code]) =>
      response.string(name).array([partition], (number) => response.int32(number).int16(code)),
    )
  }
}

async function producing(t: TestContext, handlers: { readonly AddPartitionsToTxn?: RequestHandler } = {}) {
  const broker = await ScriptedBroker.start({
    handlers: {
      AddPartitionsToTxn: added([[topic, 0, 0]]),
      EndTxn: (_request, response) => response.int32(0).int16(0),
      ...handlers,
    },
  })
  broker.topics.push({ name: topic, partitions: 2 })
  const cluster = new Cluster({ brokers: [broker.address] })
  const producer = await TransactionalProducer.open(cluster, 'x')
  t.after(() => {
    producer.close()
    cluster.close()
  })
  return { broker, producer }
}

const apisOf = (broker: ScriptedBroker) =>
  broker.requests.map(({ api }) => api).filter((api) => api !== 'ApiVersions' && api !== 'Metadata')
const valuesOf = (batch: Buffer) => recordsIn(batch).map(({ value }) => String(value))
const sequenceOf = (batch: Buffer) => batch.readInt32BE(baseSequenceAt)

test('adds the partition, writes and commits', async (t) => {
  const { broker, producer } = await producing(t)
  producer.produce(topic, 0, key, Buffer.from('1'))
  producer.produce(topic, 0, key, null)
  await producer.commit()
  assert.deepEqual(apisOf(broker), [
    'FindCoordinator',
    'InitProducerId',
    'AddPartitionsToTxn',
    'Produce',
    'EndTxn',
  ])
  assert.deepEqual(broker.batches.map(valuesOf), [['1', 'null']])
})

test('begins a transaction before its first record', async (t) => {
  const { broker, producer } = await producing(t)
  const begun = producer.begin([topic], 0)
  producer.produce(topic, 0, key, Buffer.from('1'))
  await producer.commit()
  await begun
  await producer.begin([topic], 0)
  await producer.commit()
  const transaction = ['AddPartitionsToTxn', 'Produce', 'EndTxn']
  const withoutRecords = ['AddPartitionsToTxn', 'EndTxn']
  const opening = ['FindCoordinator', 'InitProducerId']
  assert.deepEqual(apisOf(broker), [...opening, ...transaction, ...withoutRecords])
})

test('reports at the commit that the transaction could not begin', async (t) => {
  const { broker, producer } = await producing(t, { AddPartitionsToTxn: added([['t', 0, 47]]) })
  await producer.begin([topic], 0)
  producer.produce(topic, 0, key, Buffer.from('1'))
  await assert.rejects(producer.commit(), { code: 'FENCED' })
  assert.equal(broker.requestsOf('Produce').length, 0)
})

test('fails before the commit when a batch does not get the expected offset', async (t) => {
  const { broker, producer } = await producing(t)
  producer.expectOffset(topic, 0, 7)
  producer.produce(topic, 0, key, Buffer.from('1'))
  await assert.rejects(producer.commit(), { code: 'KAFKA_UNAVAILABLE', retryable: true, message: /offset 7/ })
  assert.ok(!apisOf(broker).includes('EndTxn'))
})

test('checks the offset of the first batch only', async (t) => {
  const { broker, producer } = await producing(t)
  producer.expectOffset(topic, 0, 0)
  for (const value of ['1', '2']) {
    producer.produce(topic, 0, key, Buffer.from(value))
    await producer.commit()
  }
  assert.deepEqual(broker.batches.map(valuesOf), [['1'], ['2']])
})

test('sends nothing for a transaction without records', async (t) => {
  const { broker, producer } = await producing(t)
  await producer.commit()
  assert.deepEqual(apisOf(broker), ['FindCoordinator', 'InitProducerId'])
})

test('splits a batch that is too large, and keeps the order and the sequence numbers', async (t) => {
  const { broker, producer } = await producing(t)
  const values = Array.from({ length: 8 }, (_, i) => `${i}`)
  broker.errors.push(10, 10)
  for (const value of values) producer.produce(topic, 0, key, Buffer.from(value))
  await producer.commit()
  const written = broker.batches.slice(2)
  assert.deepEqual(broker.batches.slice(0, 2).map(valuesOf), [values, values.slice(0, 4)])
  assert.deepEqual(written.flatMap(valuesOf), values)
  let next = 0
  for (const batch of written) {
    assert.equal(sequenceOf(batch), next)
    next += valuesOf(batch).length
  }
  assert.equal(apisOf(broker).at(-1), 'EndTxn')
})

test('fails with RECORD_TOO_LARGE for a single record that is too large, and does not commit', async (t) => {
  const { broker, producer } = await producing(t)
  broker.errors.push(10)
  producer.produce(topic, 0, key, Buffer.alloc(5))
  await assert.rejects(producer.commit(), {
    code: 'RECORD_TOO_LARGE',
    retryable: false,
    message: /^A record of key "book" has 5 bytes, more than t accepts\./,
  })
  assert.equal(broker.requestsOf('EndTxn').length, 0)
})

test('reports why a partition cannot be added, not OPERATION_NOT_ATTEMPTED', async (t) => {
  const AddPartitionsToTxn = added([
    ['t', 0, 55],
    ['u', 1, 29],
  ])
  const { broker, producer } = await producing(t, { AddPartitionsToTxn })
  producer.produce('t', 0, key, Buffer.from('1'))
  producer.produce('u', 1, key, Buffer.from('1'))
  await assert.rejects(producer.commit(), {
    code: 'KAFKA_REFUSED',
    message:
      'Adding partitions to a transaction as x failed: the broker responded TOPIC_AUTHORIZATION_FAILED for u[1]. Grant this client access to the topic (ACLs or IAM policy).',
  })
  assert.equal(broker.requestsOf('Produce').length, 0)
})

test('adds partitions again after CONCURRENT_TRANSACTIONS', async (t) => {
  const { broker, producer } = await producing(t)
  const add = broker.handlers.AddPartitionsToTxn!
  broker.handlers.AddPartitionsToTxn = (request, response) => {
    const isFirst = broker.requestsOf('AddPartitionsToTxn').length === 1
    return (isFirst ? added([[topic, 0, 51]]) : add)(request, response)
  }
  producer.produce(topic, 0, key, Buffer.from('1'))
  await producer.commit()
  assert.equal(broker.requestsOf('AddPartitionsToTxn').length, 2)
  assert.equal(broker.requestsOf('EndTxn').length, 1)
})

for (const [name, code] of [
  ['INVALID_PRODUCER_EPOCH', 47],
  ['PRODUCER_FENCED', 90],
] as const) {
  test(`fails with FENCED after ${name}`, async (t) => {
    const { broker, producer } = await producing(t)
    broker.handlers.EndTxn = (_request, response) => response.int32(0).int16(code)
    producer.produce(topic, 0, key, Buffer.from('1'))
    await assert.rejects(producer.commit(), { code: 'FENCED', retryable: true })
    assert.equal(broker.requestsOf('EndTxn').length, 1)
  })
}

test('does not commit again when the connection is lost after the request was sent', async (t) => {
  const { broker, producer } = await producing(t)
  broker.handlers.EndTxn = ({ socket }) => {
    socket.destroy()
    return 'no response'
  }
  producer.produce(topic, 0, key, Buffer.from('1'))
  await assert.rejects(producer.commit(), { code: 'KAFKA_UNAVAILABLE', retryable: true })
  assert.equal(broker.requestsOf('EndTxn').length, 1)
})
