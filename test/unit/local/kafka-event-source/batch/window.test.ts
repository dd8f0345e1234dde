import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { flushAt } from '../../../../../local/kafka-event-source/batch/window.ts'

const gathered = { size: 1, isFull: false, firstRecordAt: 1_000, windowFrom: 0, windowMs: 500 }

test('an empty batch is not sent', () => {
  assert.equal(flushAt({ ...gathered, size: 0, firstRecordAt: undefined }), undefined)
})

test('a full batch and a window of 0 are sent immediately', () => {
  assert.equal(flushAt({ ...gathered, isFull: true }), 1_000)
  assert.equal(flushAt({ ...gathered, windowMs: 0 }), 1_000)
})

test('the window begins before the first record', () => {
  assert.equal(flushAt({ ...gathered, windowFrom: 900 }), 1_400)
  assert.equal(flushAt({ ...gathered, windowFrom: 1_000 }), 1_500)
})

test('an empty window is followed by the next', () => {
  assert.equal(flushAt({ ...gathered, windowFrom: 0, firstRecordAt: 1_749, windowMs: 500 }), 2_000)
  assert.equal(flushAt({ ...gathered, windowFrom: 0, firstRecordAt: 1_750, windowMs: 250 }), 2_000)
})

test('a record waits for at most one window, and is sent when a window ends', () => {
  const time = fc.integer({ min: 0, max: 1e12 })
  fc.assert(
    fc.property(time, fc.nat(1e9), fc.integer({ min: 1, max: 300_000 }), (windowFrom, later, windowMs) => {
      const firstRecordAt = windowFrom + later
      const at = flushAt({ size: 1, isFull: false, firstRecordAt, windowFrom, windowMs })!
      assert.ok(at > firstRecordAt && at <= firstRecordAt + windowMs)
      assert.equal((at - windowFrom) % windowMs, 0)
    }),
  )
})
