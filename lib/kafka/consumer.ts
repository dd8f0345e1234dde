/** The raw consumer, as much of it as reading by offset needs: no group, nothing committed, the end of a partition told. */
import Kafka, { type KafkaConsumer, type Message } from '@confluentinc/kafka-javascript'
import { type Connection, connect, openingNative } from './client.ts'
import type { ClientConfig } from './client-config.ts'
import { kafkaError } from './kafka-error.ts'

export type Isolation = 'read_committed' | 'read_uncommitted'

export type LogRecord = {
  readonly offset: number
  /** Milliseconds since 1970; -1 when the record has none. */
  readonly timestamp: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly Readonly<Record<string, Buffer>>[]
}

export type ConsumerOptions = {
  readonly isolation: Isolation
  /** How long the broker may hold a fetch back that has nothing to bring; a partition's end is told after that. */
  readonly fetchWaitMs: number
  /** How long a call for records may wait for the first of them. */
  readonly consumeTimeoutMs: number
}

const recordsPerCall = 10_000

/** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
export function openConsumer(connection: Connection, options: ConsumerOptions): Promise<KafkaConsumer> {
  const group = `${connection.userid ?? 'nobody'}.reader`
  return openingNative(connection, (config) => open({ ...config, 'group.id': group }, options))
}

async function open(
  config: ClientConfig,
  { isolation, fetchWaitMs, consumeTimeoutMs }: ConsumerOptions,
): Promise<KafkaConsumer> {
  const consumer = new Kafka.KafkaConsumer(
    {
      ...config,
      'enable.auto.commit': false,
      'enable.auto.offset.store': false,
      'enable.partition.eof': true,
      'isolation.level': isolation,
      'fetch.wait.max.ms': fetchWaitMs,
      'fetch.message.max.bytes': 8 * 1024 * 1024,
      'queued.min.messages': recordsPerCall,
      'fetch.queue.backoff.ms': 10, // a second by default: so long nothing is fetched once this many are waiting
      'queued.max.messages.kbytes': 32 * 1024,
    } as Kafka.ConsumerGlobalConfig,
    { 'auto.offset.reset': 'error' } as Kafka.ConsumerTopicConfig,
  )
  consumer.setDefaultConsumeTimeout(consumeTimeoutMs)
  try {
    await connect(consumer, 'Connecting to read')
    return consumer
  } catch (error) {
    void closeConsumer(consumer)
    throw error
  }
}

/** What has arrived, of whatever partition; empty when nothing did in time. `doing` is for the error's sentence. */
export function consume(consumer: KafkaConsumer, doing: string): Promise<readonly Message[]> {
  return new Promise((resolve, reject) => {
    consumer.consume(recordsPerCall, (error, messages) => {
      if (error) reject(kafkaError(error as unknown as Error, doing))
      else resolve(messages)
    })
  })
}

export function recordOf({ offset, timestamp, key, value, headers }: Message): LogRecord {
  return {
    offset,
    timestamp: timestamp ?? -1,
    key: typeof key === 'string' ? Buffer.from(key) : (key ?? null),
    value,
    headers: (headers ?? []) as Readonly<Record<string, Buffer>>[],
  }
}

/** Idempotent. */
export function closeConsumer(consumer: KafkaConsumer): Promise<void> {
  return new Promise((resolve) => {
    if (consumer.isConnected()) consumer.disconnect(() => resolve())
    else resolve()
  })
}
