import { createTopicsV7 } from '@platformatic/kafka'
import type { Cluster } from './cluster.ts'
import { protocolErrorOf } from './errors.ts'

export type NewTopic = {
  /** -1: the broker's default. */
  readonly partitions: number
  readonly replicationFactor: number
  readonly configs?: Readonly<Record<string, string>>
}

const timeoutMs = 10_000

/** Creates a topic unless it is there. @throws the client's errors */
export async function createTopic(cluster: Cluster, name: string, topic: NewTopic): Promise<void> {
  const request = {
    name,
    numPartitions: topic.partitions,
    replicationFactor: topic.replicationFactor,
    assignments: [],
    configs: Object.entries(topic.configs ?? {}).map(([key, value]) => ({ name: key, value })),
  }
  try {
    await cluster.request('any', createTopicsV7.api, [[request], timeoutMs, false], 'fetch-2')
  } catch (error) {
    if (protocolErrorOf(error) !== 'TOPIC_ALREADY_EXISTS') throw error
  }
}
