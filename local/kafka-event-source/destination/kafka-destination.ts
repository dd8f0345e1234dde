import { compatibilityPartitioner, ProduceAcks, Producer } from '@platformatic/kafka'
import type { ClusterAccess } from '../kafka/connection-options.ts'
import type { SendFailure } from './aws-destinations.ts'
import { failureMessages } from './failure-record.ts'

const timeoutMs = 10_000

/** A topic of the same cluster. `close` ends the connections. */
export function kafkaDestination(
  topic: string,
  access: ClusterAccess,
  clientId: string,
): { send: SendFailure; close(): Promise<void> } {
  const producer = new Producer<Buffer, Buffer>({
    clientId,
    bootstrapBrokers: [...access.brokers],
    acks: ProduceAcks.ALL,
    partitioner: compatibilityPartitioner,
    timeout: timeoutMs,
    ...(access.sasl && { sasl: access.sasl }),
    ...(access.tls && { tls: access.tls }),
  })
  return {
    send: async (givenUp, context) => {
      const messages = failureMessages(givenUp, context).map(({ key, value }) => ({
        topic,
        value,
        ...(key !== null && { key }),
      }))
      await producer.send({ messages })
    },
    close: () => producer.close(),
  }
}
