import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  decodeTasks,
  encodeContinuation,
  maxInvocations,
  type Task,
} from '../../../../functions/ingest/tasks.ts'
import { decodeS3Event, encodeS3Event } from '../../../../lambda/s3-event.ts'

const origin = {
  awsRegion: 'us-east-1',
  configurationId: 'books',
  principalId: 'A1',
  sourceIPAddress: '127.0.0.1',
  requestId: 'r',
}

describe('decodeTasks', () => {
  it('reads the objects of an S3 event', () => {
    const eventTime = '2026-01-01T00:00:00.000Z'
    const change = {
      eventName: 'ObjectCreated:Put',
      bucket: 'books',
      key: 'a b/ü',
      eventTime,
      sequencer: '0',
    } as const
    assert.deepEqual(decodeTasks(encodeS3Event(change, origin)), [{ bucket: 'books', key: 'a b/ü' }])
  })

  it('reads the task of a continuation', () => {
    const place = fc.record(
      { etag: fc.string({ minLength: 1 }), line: fc.maxSafeNat(), byte: fc.maxSafeNat() },
      { noNullPrototype: true },
    )
    const task = fc.record(
      {
        bucket: fc.string({ minLength: 1 }),
        key: fc.string({ minLength: 1, unit: 'grapheme' }),
        from: place,
      },
      { requiredKeys: ['bucket', 'key'], noNullPrototype: true },
    )
    fc.assert(
      fc.property(task, (task) => {
        const event = JSON.parse(encodeContinuation(task))
        assert.deepEqual(decodeTasks(event), [{ ...task, invocation: 1 }])
        // The list of discarded events decodes S3 events.
        assert.deepEqual(decodeS3Event(event), [{ bucket: task.bucket, key: task.key }])
      }),
    )
  })

  it('limits the number of continuations of a task', () => {
    let task: Task = { bucket: 'books', key: 'endless' }
    for (let i = 1; i < maxInvocations; i++)
      [task] = decodeTasks(JSON.parse(encodeContinuation(task))) as [Task]
    assert.equal(task.invocation, maxInvocations - 1)
    assert.throws(() => decodeTasks(JSON.parse(encodeContinuation(task))), {
      code: 'NOT_CONTINUED',
      retryable: false,
      message: /"endless".*250 invocations/,
    })
  })

  it('rejects any other event', () => {
    const { Records } = JSON.parse(encodeContinuation({ bucket: 'books', key: 'a' }))
    const from = { etag: 'a', line: 1, byte: 1 }
    const events = [
      {},
      null,
      'text',
      { continue: { invocation: 1 } },
      { Records, continue: null },
      { Records, continue: { from } },
      { Records: [...Records, ...Records], continue: { from, invocation: 1 } },
      { Records, continue: { from: {}, invocation: 1 } },
      { Records, continue: { from: { ...from, line: -1 }, invocation: 1 } },
      { Records, continue: { from: { ...from, byte: 1.5 }, invocation: 1 } },
    ]
    for (const event of events) assert.throws(() => decodeTasks(event), { code: 'EVENT_INVALID' })
  })
})
