import assert from 'node:assert/strict'
import { mock, test } from 'node:test'
import type { Cluster, Metadata } from '../../../../../local/kafka-event-source/kafka/cluster.ts'
import { Fetcher } from '../../../../../local/kafka-event-source/kafka/fetcher.ts'
import { PartitionQueue } from '../../../../../local/kafka-event-source/kafka/partition-queue.ts'

const turns = async (count: number) => {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

test('a partition without a leader is looked for twice a second, and said to have none', async (t) => {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  t.after(() => mock.timers.reset())
  let asked = 0
  const problems: string[] = []
  const withoutLeader: Metadata = {
    brokers: new Map(),
    topicId: 'a',
    partitions: [{ leader: -1, leaderEpoch: 0 }],
  }
  const cluster = {
    metadata: async () => {
      asked++
      await turns(1)
      return withoutLeader
    },
  } as unknown as Cluster
  const fetcher = new Fetcher(cluster, 't', {
    fetched: () => undefined,
    outOfRange: async () => undefined,
    topic: () => undefined,
    problem: (error) => problems.push((error as Error).message),
  })
  t.after(() => fetcher.stop())
  fetcher.start([new PartitionQueue(0, 0)], 1_000_000)
  for (let ms = 0; ms < 1_900; ms += 100) {
    await turns(20)
    fetcher.pump()
    mock.timers.tick(100)
  }
  assert.equal(asked, 4)
  assert.deepEqual(new Set(problems), new Set(['No broker leads t[0].']))
})
