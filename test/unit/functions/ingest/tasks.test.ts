import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeTasks, encodeContinuation } from '../../../../functions/ingest/tasks.ts'
import { encodeS3Event } from '../../../../lib/s3-event.ts'

const origin = {
  awsRegion: 'us-east-1',
  configurationId: 'books',
  principalId: 'A1',
  sourceIPAddress: '127.0.0.1',
  requestId: 'r',
}

describe('tasks of ingest', () => {
  it('are the objects of an S3 event', () => {
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

  it('are, in a continuation, the one that was handed on', () => {
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
        assert.deepEqual(decodeTasks(JSON.parse(encodeContinuation(task))), [task])
      }),
    )
  })

  it('are none of an event of another kind', () => {
    const task = { bucket: 'books', key: 'a' }
    const events = [
      {},
      null,
      'text',
      { continue: null },
      { continue: { ...task, key: '' } },
      { continue: { ...task, from: {} } },
      { continue: { ...task, from: { etag: 'a', line: -1, byte: 0 } } },
      { continue: { ...task, from: { etag: 'a', line: 1, byte: 1.5 } } },
    ]
    for (const event of events) assert.throws(() => decodeTasks(event), { code: 'EVENT_INVALID' })
  })
})
