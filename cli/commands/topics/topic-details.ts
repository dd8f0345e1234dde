/** A topic's settings and size. Each is undefined when the client is not authorized. */

import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { kafkaError } from '../../../kafka/cluster/kafka-error.ts'
import {
  describeLogDirsRequest,
  describeTopicConfigsRequest,
  type TopicConfig,
} from '../../../kafka/protocol/describe.ts'
import { isProtocolError } from '../../../kafka/protocol/errors.ts'

export type TopicDetails = {
  /** Of this topic only, by Kafka's names. */
  readonly settings: Readonly<Record<string, string>> | undefined
  /** All settings, including defaults. */
  readonly inForce: Readonly<Record<string, string>> | undefined
  /** Bytes of each partition on its leader. */
  readonly bytes: readonly number[] | undefined
}

/** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
export async function topicDetails(cluster: Cluster, topic: string): Promise<TopicDetails> {
  try {
    const { partitions } = await cluster.cachedTopic(topic)
    const configs = await unlessUnauthorized(cluster.sendToAny(describeTopicConfigsRequest(topic)))
    const bytes = await unlessUnauthorized(bytesOf(cluster, topic, [...partitions.keys()]))
    return {
      settings: configs && textOf(configs.filter(({ isSetForTopic }) => isSetForTopic)),
      inForce: configs && textOf(configs),
      bytes,
    }
  } catch (error) {
    throw kafkaError(error, 'Describing topics')
  }
}

function textOf(configs: readonly TopicConfig[]): Readonly<Record<string, string>> {
  return Object.fromEntries(configs.map(({ name, value }) => [name, value]))
}

async function bytesOf(
  cluster: Cluster,
  topic: string,
  partitions: readonly number[],
): Promise<readonly number[]> {
  const responses = await cluster.sendToLeaders(topic, partitions, (led) =>
    describeLogDirsRequest(topic, led),
  )
  const bytes = new Map(responses.flatMap((each) => [...each]))
  return partitions.map((partition) => bytes.get(partition) ?? 0)
}

/** Returns undefined when the client is not authorized. */
async function unlessUnauthorized<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request
  } catch (error) {
    if (isProtocolError(error, 'TOPIC_AUTHORIZATION_FAILED', 'CLUSTER_AUTHORIZATION_FAILED')) return undefined
    throw error
  }
}
