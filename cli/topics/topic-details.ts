/** What the native client does not tell of a topic: how much room it takes, and how it is set. */
import { describeConfigsV4, describeLogDirsV2 } from '@platformatic/kafka'
import type { Connection } from '../../lib/kafka/client.ts'
import type { Cluster } from '../../local/kafka-event-source/kafka/cluster.ts'
import { protocolErrorOf } from '../../local/kafka-event-source/kafka/errors.ts'
import { clusterError, openCluster } from '../cluster.ts'

export type TopicDetails = {
  /** Kafka's names; only those that were set for this topic; undefined where the cluster does not tell us. */
  readonly settings: Readonly<Record<string, string>> | undefined
  /** What holds for this topic, set or by default; undefined in the same case. */
  readonly inForce: Readonly<Record<string, string>> | undefined
  /** Of each partition by number, on its leader; undefined in the same case. */
  readonly bytes: readonly number[] | undefined
}

const topicResource = 2
const setForTopic = 1 // DYNAMIC_TOPIC_CONFIG

/** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
export async function topicDetails(
  connection: Connection,
  topics: readonly string[],
): Promise<ReadonlyMap<string, TopicDetails>> {
  const cluster = await openCluster(connection)
  try {
    const details = new Map<string, TopicDetails>()
    for (const topic of topics) {
      details.set(topic, { ...(await settingsOf(cluster, topic)), bytes: await bytesOf(cluster, topic) })
    }
    return details
  } catch (error) {
    throw clusterError(error, 'Describing topics')
  } finally {
    await cluster.close()
  }
}

async function settingsOf(
  cluster: Cluster,
  topic: string,
): Promise<Pick<TopicDetails, 'settings' | 'inForce'>> {
  const resource = { resourceType: topicResource, resourceName: topic } as const
  try {
    const { results } = await cluster.request('any', describeConfigsV4.api, [[resource], false, false])
    const all = results[0]?.configs ?? []
    const textOf = (configs: typeof all) =>
      Object.fromEntries(configs.map(({ name, value }) => [name, value ?? '']))
    return {
      settings: textOf(all.filter(({ configSource }) => configSource === setForTopic)),
      inForce: textOf(all),
    }
  } catch (error) {
    // Who may describe a topic may not be allowed to know how it is set.
    if (protocolErrorOf(error) === 'TOPIC_AUTHORIZATION_FAILED')
      return { settings: undefined, inForce: undefined }
    throw error
  }
}

/** Each broker tells of its own disks, and of none to those who may not describe the cluster. */
async function bytesOf(cluster: Cluster, topic: string): Promise<TopicDetails['bytes']> {
  const { brokers, partitions = [] } = await cluster.metadata(topic)
  const bytes = partitions.map(() => 0)
  for (const [node, broker] of brokers) {
    const led = partitions.flatMap(({ leader }, partition) => (leader === node ? [partition] : []))
    if (led.length === 0) continue
    const asked = [{ name: topic, partitions: led }]
    const { results } = await cluster.request(broker, describeLogDirsV2.api, [asked])
    if (results.length === 0) return undefined
    const found = results.flatMap(({ topics }) => topics.flatMap((each) => each.partitions))
    for (const { partitionIndex, partitionSize } of found) bytes[partitionIndex]! += Number(partitionSize)
  }
  return bytes
}
