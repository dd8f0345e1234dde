import assert from 'node:assert/strict'
import { mock, type TestContext, test } from 'node:test'
import type { Cluster } from '../../../../kafka/cluster/cluster.ts'
import { Fetcher } from '../../../../kafka/consumer/fetcher.ts'
import { PartitionQueue } from '../../../../kafka/consumer/partition-queue.ts'
import { errorCodes } from '../../../../kafka/protocol/errors.ts'
import type { FetchedPartition } from '../../../../kafka/protocol/fetch.ts'
import { type Metadata, noLeader } from '../../../../kafka/protocol/metadata.ts'
import { recordBatch } from '../../../harness/record-batch.ts'
import { turns } from '../scripted-broker.ts'

function setUpWithoutLeader(t: TestContext, now: () => number) {
  mock.timers.enable({ apis: ['setTimeout', 'Date'], now: 1_000_000 })
  t.mock.method(performance, 'now', now)
  t.after(() => mock.timers.reset())
  const counts = { lookups: 0, forgotten: 0 }
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
      counts.lookups++
      await turns(1)
      return withoutLeader
    },
    forgetTopic: () => counts.forgotten++,
  } as unknown as Cluster
  const fetcher = new Fetcher(cluster, {
    fetched: () => undefined,
    outOfRange: async () => undefined,
    topic: () => undefined,
    problem: (error) => problems.push((error as Error).message),
  })
  t.after(() => fetcher.stop())
  fetcher.start([new PartitionQueue('t', 0, 0)], { isolation: 'read_uncommitted', bufferBytes: 1_000_000 })
  return { fetcher, counts, problems }
}

test('looks up the leader of a partition without one twice a second, and reports that it has none', async (t) => {
  const { fetcher, counts, problems } = setUpWithoutLeader(t, () => Date.now())
  for (let ms = 0; ms < 1_900; ms += 100) {
    await turns(20)
    fetcher.pump()
    mock.timers.tick(100)
  }
  assert.equal(counts.lookups, 4)
  assert.equal(counts.forgotten, counts.lookups, 'the next look-up uses another broker')
  assert.deepEqual(new Set(problems), new Set(['the broker responded LEADER_NOT_AVAILABLE for t[0]']))
})

test('looks up a leader again when the timer of Node.js fires a fraction of a millisecond early', async (t) => {
  const { counts } = setUpWithoutLeader(t, () => Date.now() * 0.9999)
  for (let ms = 0; ms < 1_600; ms++) {
    await turns(3)
    mock.timers.tick(1)
  }
  assert.equal(counts.lookups, 4)
})

const isolation = 'read_uncommitted'
const options = { isolation, bufferBytes: 1_000_000 } as const

function fetched(partition: number, records: Buffer, errorCode = 0): FetchedPartition {
  const highWatermark = 100
  return {
    ...{ topic: 't', partition, errorCode, highWatermark, records },
    lastStableOffset: highWatermark,
    abortedTransactions: [],
  }
}

const batchAt = (baseOffset: number) =>
  recordBatch([{ key: null, value: Buffer.from('v'), timestamp: 0, headers: [] }], { baseOffset })
const outOfRange = (partition: number) => fetched(partition, Buffer.alloc(0), errorCodes.OFFSET_OUT_OF_RANGE)

/** Responds to each fetch with the next response, and then to none. */
function clusterWith(...responses: readonly (readonly FetchedPartition[])[]): Cluster {
  const left = [...responses]
  const partitions = [0, 1].map((partition) => ({ partition, leader: 1, replicas: [1], inSync: [1] }))
  const topics = new Map([['t', { name: 't', id: 'a', partitions }]])
  return {
    forgetTopic: () => undefined,
    metadata: async () => ({ nodes: new Map([[1, { host: 'h', port: 1 }]]), controller: 1, topics }),
    sendTo: () => {
      const response = left.shift()
      return response === undefined ? new Promise(() => undefined) : Promise.resolve(response)
    },
  } as unknown as Cluster
}

test('seeks a queue whose offset left the log only after its buffered records are consumed', async (t) => {
  const seeks: number[] = []
  const fetcher = new Fetcher(clusterWith([fetched(0, batchAt(5))], [outOfRange(0)], [outOfRange(0)]), {
    fetched: () => undefined,
    outOfRange: async (queue) => {
      seeks.push(queue.fetchOffset)
      queue.seek(50)
    },
    topic: () => undefined,
    problem: (error) => assert.equal(error, undefined),
  })
  t.after(() => fetcher.stop())
  const queue = new PartitionQueue('t', 0, 5)
  fetcher.start([queue], options)
  await turns(10)
  assert.deepEqual(seeks, [])
  assert.equal(queue.peek()?.offset, 5)
  queue.take()
  assert.equal(queue.peek(), undefined)
  fetcher.pump()
  await turns(10)
  assert.deepEqual(seeks, [6])
  assert.equal(queue.position, 50)
})

test('adds records of an earlier start only to the queue that they were fetched for', async (t) => {
  let seek: () => void = () => undefined
  const fetcher = new Fetcher(clusterWith([outOfRange(0), fetched(1, batchAt(9))]), {
    fetched: () => undefined,
    outOfRange: () => new Promise((resolve) => (seek = resolve)),
    topic: () => undefined,
    problem: () => undefined,
  })
  t.after(() => fetcher.stop())
  fetcher.start([new PartitionQueue('t', 0, 0), new PartitionQueue('t', 1, 9)], options)
  await turns(10)
  const later = new PartitionQueue('t', 1, 2)
  fetcher.start([later], options)
  seek()
  await turns(10)
  assert.deepEqual([later.isEmpty, later.fetchOffset], [true, 2])
})
