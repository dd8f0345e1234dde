import { findCoordinatorV4, offsetFetchV8 } from '@platformatic/kafka'
import { Cluster } from '../../../../local/kafka-event-source/kafka/cluster.ts'

/** What a group has committed, asked as an outsider; partitions without a commit are -1. */
export async function committedOffsets(
  brokers: string,
  groupId: string,
  topic: string,
  partitions = 1,
): Promise<number[]> {
  const cluster = new Cluster('outsider', { brokers: [brokers] }, 30_000)
  try {
    const { coordinators } = await cluster.request('any', findCoordinatorV4.api, [0, [groupId]])
    const indexes = Array.from({ length: partitions }, (_, i) => i)
    const topics = [{ name: topic, partitionIndexes: indexes }]
    const answer = await cluster.request(coordinators[0]!, offsetFetchV8.api, [
      [{ groupId, memberEpoch: -1, topics }],
      false,
    ])
    const found = answer.groups[0]!.topics[0]!.partitions
    return indexes.map((i) =>
      Number(found.find(({ partitionIndex }) => partitionIndex === i)!.committedOffset),
    )
  } finally {
    await cluster.close()
  }
}
