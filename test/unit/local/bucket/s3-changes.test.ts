import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { changeTo } from '../../../../local/bucket/s3-changes.ts'

const object = { bucket: 'b', key: 'k' }

describe('the event of a change', () => {
  it('has the name of the request if the object exists, and is a removal otherwise', () => {
    const names = (['put', 'copy', 'complete', 'delete'] as const).map((kind) => [
      changeTo({ ...object, kind }, { exists: true, size: 1 }).eventName,
      changeTo({ ...object, kind }, { exists: false }).eventName,
    ])
    assert.deepEqual(names, [
      ['ObjectCreated:Put', 'ObjectRemoved:Delete'],
      ['ObjectCreated:Copy', 'ObjectRemoved:Delete'],
      ['ObjectCreated:CompleteMultipartUpload', 'ObjectRemoved:Delete'],
      ['ObjectCreated:Put', 'ObjectRemoved:Delete'],
    ])
  })

  it('has a sequencer that increases with each event', () => {
    const sequencers = Array.from(
      { length: 1_000 },
      () => changeTo({ ...object, kind: 'put' }, { exists: true }).sequencer,
    )
    assert.deepEqual(sequencers.toSorted(), sequencers)
    assert.equal(new Set(sequencers).size, 1_000)
    assert.match(sequencers[0]!, /^[\dA-F]{18}$/)
  })
})
