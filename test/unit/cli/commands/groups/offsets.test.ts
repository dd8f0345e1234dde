import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describedGroup, lagOf, offsetFor } from '../../../../../cli/commands/groups/offsets.ts'
import { Admin } from '../../../../../kafka/admin.ts'

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

test('describes a group with a member that still has a deleted topic', async (t) => {
  const admin = Object.create(Admin.prototype) as Admin
  const assigned = new Map([['kept', [0]]]).set('deleted', [0])
  const member = { memberId: 'm', clientId: 'c', clientHost: '/127.0.0.1', assigned }
  t.mock.method(admin, 'describeGroup', async () => ({
    state: 'Stable',
    members: [member],
    committed: new Map(),
  }))
  t.mock.method(admin, 'findTopic', async (topic: string) => (topic === 'kept' ? {} : undefined))
  t.mock.method(admin, 'offsets', async (topic: string) => {
    assert.equal(topic, 'kept')
    return [{ partition: 0, start: 1, end: 5 }]
  })
  const { partitions } = await describedGroup(admin, 'g')
  assert.deepEqual(partitions, [
    { topic: 'kept', partition: 0, committed: undefined, start: 1, end: 5, member },
  ])
})

test('computes lag as the records after the committed offset', () => {
  assert.equal(lagOf({ ...log, committed: 90 }), 10)
  assert.equal(lagOf({ ...log, committed: 5 }), 90)
  assert.equal(lagOf({ ...log, committed: undefined }), 90)
  assert.equal(lagOf({ ...log, committed: 100 }), 0)
})
