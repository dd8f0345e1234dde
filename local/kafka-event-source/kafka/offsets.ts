import { listOffsetsV5 } from '@platformatic/kafka'
import type { Cluster, Metadata } from './cluster.ts'
import { readUncommitted } from './fetch.ts'

/** Where a partition without a committed offset begins (page `kafka-starting-positions`). */
export type StartingPosition =
  | { readonly type: 'TRIM_HORIZON' | 'LATEST' }
  | { readonly type: 'AT_TIMESTAMP'; readonly timestampMs: number }

const earliest = -2
const latest = -1
const noReplica = -1
const anyEpoch = -1

/**
 * The offset of each partition at this position, as a reader of this isolation sees it. At a time later than every record, that is the end.
 * @throws the client's errors, also when a leader has moved
 */
export async function offsetsAt(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
  position: StartingPosition,
  isolation: number = readUncommitted,
): Promise<Map<number, number>> {
  const metadata = await cluster.metadata(topic)
  const listed = (asked: readonly number[], timestamp: number) =>
    listOffsets(cluster, metadata, topic, asked, timestamp, isolation)
  switch (position.type) {
    case 'TRIM_HORIZON':
      return listed(partitions, earliest)
    case 'LATEST':
      return listed(partitions, latest)
    case 'AT_TIMESTAMP': {
      const found = await listed(partitions, position.timestampMs)
      const missing = partitions.filter((partition) => !found.has(partition))
      const ends = await listed(missing, latest)
      return new Map([...found, ...ends])
    }
    default:
      return position satisfies never
  }
}

/** A partition with no record at or after a given time is absent. */
async function listOffsets(
  cluster: Cluster,
  { brokers, partitions: known }: Metadata,
  topic: string,
  partitions: readonly number[],
  timestamp: number,
  isolation: number,
): Promise<Map<number, number>> {
  const leaderOf = (partition: number) => known?.[partition]?.leader ?? -1
  const offsets = new Map<number, number>()
  for (const leader of new Set(partitions.map(leaderOf))) {
    const led = partitions.filter((partition) => leaderOf(partition) === leader)
    const broker = brokers.get(leader)
    if (broker === undefined) throw new Error(`No broker leads ${topic}[${led.join(', ')}].`)
    const asked = led.map((partitionIndex) => ({
      partitionIndex,
      currentLeaderEpoch: anyEpoch,
      timestamp: BigInt(timestamp),
    }))
    const answer = await cluster.request(
      broker,
      listOffsetsV5.api,
      [noReplica, isolation, [{ name: topic, partitions: asked }]],
      'fetch-2',
    )
    for (const { partitionIndex, offset } of answer.topics[0]?.partitions ?? []) {
      if (offset >= 0n) offsets.set(partitionIndex, Number(offset))
    }
  }
  return offsets
}
