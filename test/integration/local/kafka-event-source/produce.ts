import { Producer } from '@platformatic/kafka'
import { kcat } from '../../../harness/kcat.ts'

/** Appends these values to a partition, in order. */
export async function produce(
  { brokers, topic }: { brokers: string; topic: string },
  values: readonly string[],
  partition = 0,
  args: readonly string[] = [],
): Promise<void> {
  await kcat(['-P', '-b', brokers, '-t', topic, '-p', String(partition), ...args], values.join('\n'))
}

/** Appends these values to partition 0, each with the time that its producer gave it, in milliseconds since 1970. */
export async function produceAt(
  { brokers, topic }: { brokers: string; topic: string },
  values: readonly (readonly [value: string, timestampMs: number])[],
): Promise<void> {
  const producer = new Producer({ clientId: 'test', bootstrapBrokers: [brokers] })
  const messages = values.map(([value, timestampMs]) => ({
    topic,
    partition: 0,
    value: Buffer.from(value),
    timestamp: BigInt(timestampMs),
  }))
  await producer.send({ messages, acks: -1 })
  await producer.close()
}

export function numbers(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => String(from + i))
}
