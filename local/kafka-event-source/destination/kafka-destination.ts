import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import type { SendFailure } from './aws-destinations.ts'
import { type FailureContext, failureMessages } from './failure-record.ts'

export function kafkaDestination(topic: string, cluster: Cluster, context: FailureContext): SendFailure {
  let opening: Promise<Producer> | undefined
  return async (discarded) => {
    opening ??= Producer.open(cluster, topic)
    try {
      const producer = await opening
      const writers = failureMessages(discarded, context).map(({ key, value }) => ({
        writer: producer.writer(key),
        value,
      }))
      for (const { writer, value } of writers) while (!writer.offer(value)) await writer.room()
      for (const { writer } of writers) await writer.acknowledged()
    } catch (error) {
      opening = undefined
      throw error
    }
  }
}
