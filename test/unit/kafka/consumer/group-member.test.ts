import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cluster } from '../../../../kafka/cluster/cluster.ts'
import { ConnectionError } from '../../../../kafka/cluster/connection-error.ts'
import { encodeAssignment, encodeSubscription } from '../../../../kafka/consumer/consumer-protocol.ts'
import { GroupMember } from '../../../../kafka/consumer/group-member.ts'
import type { Request } from '../../../../kafka/protocol/request.ts'
import { turns } from '../scripted-broker.ts'

test('leaves a group whose first join succeeds after leave was called', { timeout: 5_000 }, async () => {
  const sent: string[] = []
  let join: (joined: unknown) => void = () => undefined
  const responses: Readonly<Record<string, () => unknown>> = {
    // A broker before KIP-394 assigns the member id in its response to the first join.
    JoinGroup: () => new Promise((resolve) => (join = resolve)),
    SyncGroup: () => encodeAssignment(new Map([['t', [0]]])),
    Heartbeat: () => undefined,
    LeaveGroup: () => undefined,
  }
  const cluster = {
    sendToCoordinator: async (_kind: string, _group: string, { api }: Request<unknown>) => {
      sent.push(api.name)
      return responses[api.name]!()
    },
  } as unknown as Cluster
  const member = new GroupMember(
    cluster,
    { groupId: 'g', topic: 't', rebalanceTimeoutMs: 1_000 },
    { assigned: async () => undefined, revoked: async () => undefined, problem: () => undefined },
  )
  member.start()
  const left = member.leave()
  join({ generation: 1, assignor: 'range', leader: 'another', memberId: 'm', members: [] })
  await left
  assert.deepEqual(sent, ['JoinGroup', 'SyncGroup', 'LeaveGroup'])
})

type Responses = Readonly<Record<string, () => unknown>>

const follower = { generation: 1, assignor: 'range', leader: 'another', memberId: 'm', members: [] }
const accepted: Responses = {
  JoinGroup: () => follower,
  SyncGroup: () => encodeAssignment(new Map([['t', [0]]])),
  Heartbeat: () => undefined,
  LeaveGroup: () => undefined,
}

/** Calls `assigned` after each join. */
function memberOf(
  responses: Responses,
  assigned: (member: GroupMember) => void,
  partitions: () => number | undefined = () => 1,
): GroupMember {
  const cluster = {
    metadata: async () => {
      const count = partitions()
      return { topics: new Map(count === undefined ? [] : [['t', { partitions: Array(count) }]]) }
    },
    sendToCoordinator: async (_kind: string, _group: string, { api }: Request<unknown>) =>
      responses[api.name]!(),
  } as unknown as Cluster
  const member: GroupMember = new GroupMember(
    cluster,
    { groupId: 'g', topic: 't', rebalanceTimeoutMs: 1_000 },
    { assigned: async () => assigned(member), revoked: async () => undefined, problem: () => undefined },
  )
  return member
}

test('leaves no listener after a rebalance', { timeout: 5_000 }, async () => {
  const warnings: string[] = []
  const warn = ({ message }: Error) => warnings.push(message)
  process.on('warning', warn)
  let joins = 0
  await new Promise<void>((resolve) => {
    memberOf(accepted, (member) => {
      if (++joins <= 12) setImmediate(() => member.rejoin())
      else void member.leave().then(resolve)
    }).start()
  })
  await new Promise((resolve) => setImmediate(resolve))
  process.off('warning', warn)
  assert.deepEqual(warnings, [])
})

function leader() {
  return { ...follower, leader: 'm', members: [{ memberId: 'm', subscription: encodeSubscription(['t']) }] }
}

for (const [what, joined, counts, joins] of [
  ['assigns again as the leader when its metadata was outdated', leader(), [5, 8], 2],
  ['keeps its assignment as the leader when the metadata is the same', leader(), [8], 1],
  ['keeps its assignment as a follower', follower, [], 1],
] as const) {
  test(what, { timeout: 5_000 }, async () => {
    const left = counts.values()
    let assigned = 0
    const member = memberOf(
      { ...accepted, JoinGroup: () => joined },
      () => {
        assigned++
        setImmediate(() => member.metadataReceived(8))
      },
      () => left.next().value,
    )
    member.start()
    await turns(50)
    await member.leave()
    assert.equal(assigned, joins)
  })
}

test('assigns nothing as the leader while the topic is missing', { timeout: 5_000 }, async () => {
  const counts = [undefined, 1].values()
  await new Promise<void>((resolve) => {
    const member = memberOf(
      { ...accepted, JoinGroup: leader },
      () => void member.leave().then(resolve),
      () => counts.next().value,
    )
    member.start()
  })
  assert.equal(counts.next().done, true)
})

/** A lost response costs two heartbeats and the client's response timeout of 2 s. */
test('sends heartbeats so often that one can fail within the session timeout', {
  timeout: 8_000,
}, async () => {
  const sentAt: number[] = []
  await new Promise<void>((resolve) => {
    const Heartbeat = () => {
      if (sentAt.push(performance.now()) === 1) throw new ConnectionError('the connection was lost', 'silent')
      void member.leave().then(resolve)
    }
    const member = memberOf({ ...accepted, Heartbeat }, () => undefined)
    member.start()
  })
  assert.ok(2 * (sentAt[1]! - sentAt[0]!) + 2_000 < 5_500)
})
