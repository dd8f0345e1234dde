import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Cluster } from '../../../../kafka/cluster/cluster.ts'
import { encodeAssignment } from '../../../../kafka/consumer/consumer-protocol.ts'
import { GroupMember } from '../../../../kafka/consumer/group-member.ts'
import type { Request } from '../../../../kafka/protocol/request.ts'

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
