import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { Cluster } from '../../../../kafka/cluster/cluster.ts'
import { Fetcher } from '../../../../kafka/consumer/fetcher.ts'
import { PartitionQueue } from '../../../../kafka/consumer/partition-queue.ts'
import { type Metadata, noLeader } from '../../../../kafka/protocol/metadata.ts'

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('looks up the leader of a partition without one twice a second, and reports that it has none', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  t.after(() => mock.timers.reset())
  let lookups = 0
  const problems: string[] = []
  const withoutLeader: Metadata = {
    nodes: new Map(),
    controller: noLeader,
    topics: new Map([
      [
        't',
        { name: 't', id: 'a', partitions: [{ partition: 0, leader: noLeader, replicas: [], inSync: [] }] },
      ],
    ]),
  }
  const cluster = {
    metadata: async () => {
      lookups++
      await turns(1)
      return withoutLeader
    },
  } as unknown as Cluster
  const fetcher = new Fetcher(cluster, {
    fetched: () => undefined,
    outOfRange: async () => undefined,
    topic: () => undefined,
    problem: (error) => problems.push((error as Error).message),
  })
  t.after(() => fetcher.stop())
  fetcher.start([new PartitionQueue('t', 0, 0)], { isolation: 'read_uncommitted', bufferBytes: 1_000_000 })
  for (let ms = 0; ms < 1_900; ms += 100) {
    await turns(20)
    fetcher.pump()
    mock.timers.tick(100)
  }
  assert.equal(lookups, 4)
  assert.deepEqual(new Set(problems), new Set(['the broker responded LEADER_NOT_AVAILABLE for t[0]']))
})
