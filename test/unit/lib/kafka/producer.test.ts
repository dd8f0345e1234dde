import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LineProducer } from '../../../../lib/kafka/producer.ts'
import { recordsIn } from '../../../harness/records.ts'
import { ScriptedBroker } from './scripted-broker.ts'

const topic = 'me.books'

async function producing() {
  const broker = await ScriptedBroker.start(topic)
  const producer = await LineProducer.open({ brokers: [broker.address] }, topic)
  return { broker, producer, writer: producer.writer(Buffer.from('book')) }
}

function valuesOf(batch: Buffer): string[] {
  return recordsIn(batch).map(({ value }) => String(value))
}

/**
 * A leader that has appended a batch and loses the partition before its replicas have it answers so too (Kafka's
 * `DelayedProduce`): the next leader may have the batch, and knows it by its numbers and its length alone.
 */
for (const [name, code] of [
  ['NOT_LEADER_OR_FOLLOWER', 6],
  ['UNKNOWN_TOPIC_OR_PARTITION', 3],
  ['REQUEST_TIMED_OUT', 7],
  ['NOT_ENOUGH_REPLICAS_AFTER_APPEND', 20],
] as const) {
  test(`after ${name} the same batch is sent again, whatever was offered meanwhile`, async () => {
    const { broker, producer, writer } = await producing()
    broker.errors.push(code)
    writer.offer(Buffer.from('a'))
    while (broker.batches.length === 0) await new Promise((resolve) => setImmediate(resolve))
    await new Promise((resolve) => setImmediate(resolve)) // the answer is on its way
    while (broker.batches.length < 2) {
      writer.offer(Buffer.from('b'))
      await new Promise((resolve) => setTimeout(resolve, 1))
    }
    await writer.acknowledged()
    await producer.close()
    assert.deepEqual(valuesOf(broker.batches[0]!), ['a'])
    assert.deepEqual(broker.batches[1], broker.batches[0])
    const rest = broker.batches.slice(2).flatMap(valuesOf)
    assert.ok(rest.length > 0 && rest.every((value) => value === 'b'))
  })
}

test('what may be written and is not acknowledged in a minute ends the producer: its numbers are given to no other record', async (t) => {
  const { broker, producer, writer } = await producing()
  t.mock.timers.enable({ apis: ['Date'] })
  broker.errors.push(6, 6)
  writer.offer(Buffer.from('a'))
  while (broker.batches.length === 0) await new Promise((resolve) => setImmediate(resolve))
  t.mock.timers.tick(61_000)
  await assert.rejects(writer.acknowledged(), { code: 'KAFKA_UNAVAILABLE', retryable: true })
  assert.throws(() => writer.offer(Buffer.from('b')), { code: 'KAFKA_UNAVAILABLE' })
  await producer.close()
})
