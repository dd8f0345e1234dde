import { fixedAccess } from '../../../kafka/access/access.ts'
import { Cluster } from '../../../kafka/cluster/cluster.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import type { ClusterAccess } from '../settings/cluster-access.ts'
import type { SendFailure } from './aws-destinations.ts'
import { failureMessages } from './failure-record.ts'

/** Returns the sender for a topic of the mapping's cluster. `close` closes its connections. */
export function kafkaDestination(
  topic: string,
  access: ClusterAccess,
  clientId: string,
): { send: SendFailure; close(): void } {
  const cluster = new Cluster({ brokers: access.brokers, access: fixedAccess(access), clientId })
  let opening: Promise<Producer> | undefined
  return {
    send: async (givenUp, context) => {
      opening ??= Producer.open(cluster, topic)
      try {
        const producer = await opening
        const writers = failureMessages(givenUp, context).map(({ key, value }) => ({
          writer: producer.writer(key),
          value,
        }))
        for (const { writer, value } of writers) while (!writer.offer(value)) await writer.room()
        for (const { writer } of writers) await writer.acknowledged()
      } catch (error) {
        opening = undefined
        throw error
      }
    },
    close: () => cluster.close(),
  }
}
