import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RecordBatch } from '../../../../kafka/records/batch-reader.ts'
import { visibility } from '../../../../kafka/records/visible-batches.ts'

/** `kind`: t: records of a transaction; m: its marker; p: records outside of transactions. */
function batch(baseOffset: number, kind: 't' | 'm' | 'p', producerId = -1): RecordBatch {
  return {
    partition: 't[0]',
    baseOffset,
    lastOffset: baseOffset,
    baseTimestamp: 0,
    logAppendTime: undefined,
    producerId,
    isTransactional: kind !== 'p',
    isControl: kind === 'm',
    codec: 0,
    count: 1,
    body: Buffer.alloc(0),
    checksum: 0,
    checked: Buffer.alloc(0),
  }
}

test('hides an aborted transaction up to the next marker of its producer', () => {
  const batches = [
    batch(0, 't', 7),
    batch(1, 't', 8),
    batch(2, 'p'),
    batch(3, 'm', 7), // commits offset 0
    batch(4, 't', 7),
    batch(5, 'm', 8), // aborts offset 1
    batch(6, 't', 8),
    batch(7, 'm', 7), // aborts offset 4
    batch(8, 't', 7),
  ]
  const aborted = [
    { producerId: 8, firstOffset: 1 },
    { producerId: 7, firstOffset: 4 },
  ]
  const offsets = (shown: readonly RecordBatch[]) => shown.map(({ baseOffset }) => baseOffset)
  assert.deepEqual(offsets(batches.filter(visibility(aborted))), [0, 2, 6, 8])
  assert.deepEqual(offsets(batches.filter(visibility([]))), [0, 1, 2, 4, 6, 8])
  // A fetch may begin in the middle of a transaction.
  assert.deepEqual(offsets(batches.slice(4).filter(visibility(aborted))), [6, 8])
})
