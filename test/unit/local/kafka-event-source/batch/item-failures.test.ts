import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventEnvelope } from '../../../../../local/kafka-event-source/batch/event-envelope.ts'
import { FormingBatch } from '../../../../../local/kafka-event-source/batch/forming-batch.ts'
import { resultOf } from '../../../../../local/kafka-event-source/batch/item-failures.ts'
import { inMemory } from '../../../../harness/records.ts'

const envelope = new EventEnvelope({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b:1' }, 'my-topic')
const forming = new FormingBatch(envelope, { batchSize: 10, eventBytes: 1e6 })
for (const [partition, offset] of [
  [0, 100],
  [0, 101],
  [12, 100],
] as const) {
  const record = { timestamp: 0, timestampType: 'CREATE_TIME', key: null, value: null, headers: [] } as const
  forming.add(partition, inMemory({ ...record, offset }))
}
const batch = forming.batch()
const result = (payload: string, indexes = batch.indexes()) => resultOf(batch, indexes, payload)
const items = (...itemIdentifiers: unknown[]) =>
  JSON.stringify({ batchItemFailures: itemIdentifiers.map((itemIdentifier) => ({ itemIdentifier })) })

test('AWS’s identifier is an object with "<topic>-<partition>" and the offset', () => {
  assert.deepEqual(result(items({ partition: 'my-topic-0', offset: 101 })), { failed: new Set([1]) })
  const both = items({ partition: 'my-topic-12', offset: 100 }, { partition: 'my-topic-0', offset: 100 })
  assert.deepEqual(result(both), { failed: new Set([2, 0]) })
})

test('an empty list, an empty object, null and no payload are full success', () => {
  for (const payload of ['{"batchItemFailures":[]}', '{"batchItemFailures":null}', '{}', 'null', '']) {
    assert.equal(result(payload), 'success', payload)
  }
})

test('any other response is full failure', () => {
  const bad = [
    items('my-topic-0:100'),
    items('100'),
    items(null),
    items({ partition: 'my-topic-0' }),
    items({ partition: 'my-topic-0', offset: '100' }),
    items({ partition: 'my-topic-0', offset: 102 }),
    items({ partition: 'my-topic-1', offset: 100 }),
    items({ partition: 'other-0', offset: 100 }),
    items({ partition: 'my-topic-', offset: 100 }),
    items({ partition: 'my-topic-0', offset: 100 }, { partition: 'my-topic-0', offset: 999 }),
    '{"batchItemFailures":{}}',
    '{"batchItemFailures":[{}]}',
    '{"batchItemFailures":[null]}',
    '"ok"',
    '[]',
    'not JSON',
  ]
  for (const payload of bad) assert.equal(result(payload), 'failure', payload)
})

test('a record that was not sent in this invocation is unknown', () => {
  assert.equal(result(items({ partition: 'my-topic-0', offset: 100 }), [1, 2]), 'failure')
})
