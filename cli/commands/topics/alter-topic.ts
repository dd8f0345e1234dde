import { type ClusterSettings, openCluster } from '../../../books/cluster.ts'
import { kafkaError } from '../../../kafka/cluster/kafka-error.ts'
import type { Request } from '../../../kafka/protocol/request.ts'
import {
  alterTopicConfigsRequest,
  createPartitionsRequest,
  type SettingChange,
} from '../../../kafka/protocol/topics.ts'

const timeoutMs = 15_000

/** @throws CONFIG_INVALID for a setting that Kafka rejects, KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
export async function alterSettings(
  settings: ClusterSettings,
  topic: string,
  changes: readonly SettingChange[],
): Promise<void> {
  await sendToController(settings, alterTopicConfigsRequest(topic, changes), `Altering topic ${topic}`)
}

/** @throws CONFIG_INVALID for fewer partitions, KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
export async function addPartitions(settings: ClusterSettings, topic: string, count: number): Promise<void> {
  const request = createPartitionsRequest(topic, count, timeoutMs)
  await sendToController(settings, request, `Adding partitions to topic ${topic}`)
}

async function sendToController(
  settings: ClusterSettings,
  request: Request<void>,
  doing: string,
): Promise<void> {
  const cluster = openCluster(settings)
  try {
    await cluster.sendToController(request)
  } catch (error) {
    throw kafkaError(error, doing)
  } finally {
    cluster.close()
  }
}
