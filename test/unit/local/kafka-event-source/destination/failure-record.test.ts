import assert from 'node:assert/strict'
import { test } from 'node:test'
import { EventEnvelope } from '../../../../../local/kafka-event-source/batch/event-envelope.ts'
import { FormingBatch } from '../../../../../local/kafka-event-source/batch/forming-batch.ts'
import { failureMessages } from '../../../../../local/kafka-event-source/destination/failure-record.ts'
import { inMemory } from '../../../../harness/records.ts'

const source = { eventSource: 'SelfManagedKafka', bootstrapServers: 'b:1' } as const
const envelope = new EventEnvelope(source, 'me.lines')

test('a failed record has the time nearest to a timestamp that Date cannot have', () => {
  const times = [1_764_000_000_000, -1, 1_764_000_000_000_000_000].map((timestamp) => {
    const record = inMemory({
      ...{ offset: 0, timestamp, timestampType: 'CREATE_TIME' },
      ...{ key: null, value: null, headers: [] },
    })
    const batch = FormingBatch.ofOne(envelope, 0, record)
    const [message] = failureMessages(
      { batch, indexes: [0], condition: 'RetryAttemptsExhausted', attempts: 1, outcome: undefined },
      { source, functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:f' },
    )
    return JSON.parse(message!.value.toString()).KafkaBatchInfo.recordInfo.timestamp
  })
  assert.deepEqual(times, [
    '2025-11-24T16:00:00.000Z',
    '1970-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
  ])
})
