import assert from 'node:assert/strict'
import { test } from 'node:test'
import { lagOf, offsetFor } from '../../../../../cli/commands/groups/offsets.ts'

const log = { start: 10, end: 100 }

test('limits the target of a reset to the log of the partition', () => {
  assert.equal(offsetFor({ kind: 'beginning' }, log, 50, undefined), 10)
  assert.equal(offsetFor({ kind: 'end' }, log, 50, undefined), 100)
  assert.equal(offsetFor({ kind: 'offset', offset: 42 }, log, 50, undefined), 42)
  assert.equal(offsetFor({ kind: 'offset', offset: 5 }, log, 50, undefined), 10)
  assert.equal(offsetFor({ kind: 'offset', offset: 500 }, log, 50, undefined), 100)
  assert.equal(offsetFor({ kind: 'shift', by: -20 }, log, 50, undefined), 30)
  assert.equal(offsetFor({ kind: 'shift', by: -60 }, log, 50, undefined), 10)
  assert.equal(offsetFor({ kind: 'shift', by: 5 }, log, undefined, undefined), 15)
  assert.equal(offsetFor({ kind: 'time', ms: 0 }, log, 50, 70), 70)
  assert.equal(offsetFor({ kind: 'time', ms: 0 }, log, 50, undefined), 100)
})

test('computes lag as the records after the committed offset', () => {
  assert.equal(lagOf({ ...log, committed: 90 }), 10)
  assert.equal(lagOf({ ...log, committed: 5 }), 90)
  assert.equal(lagOf({ ...log, committed: undefined }), 90)
  assert.equal(lagOf({ ...log, committed: 100 }), 0)
})
