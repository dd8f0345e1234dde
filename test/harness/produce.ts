import Kafka from '@confluentinc/kafka-javascript'
import { kcat } from './kcat.ts'

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
  const producer = new Kafka.KafkaJS.Kafka({ kafkaJS: { brokers: [brokers] } }).producer()
  await producer.connect()
  const messages = values.map(([value, timestampMs]) => ({
    partition: 0,
    value: Buffer.from(value),
    timestamp: String(timestampMs),
  }))
  await producer.send({ topic, messages })
  await producer.disconnect()
}

export function numbers(count: number, from = 0): string[] {
  return Array.from({ length: count }, (_, i) => String(from + i))
}
