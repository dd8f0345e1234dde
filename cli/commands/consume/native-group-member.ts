/** Joins a consumer group with librdkafka. Pauses the assigned partitions, so librdkafka fetches no records. */
import Kafka, { type LibrdKafkaError, type TopicPartition } from '@confluentinc/kafka-javascript'
import type { ClusterSettings } from '../../../books/cluster.ts'
import { callTimeoutMs, closeConsumer, connect, nativeError, openNative } from './native-client.ts'
import type { ClientConfig } from './native-config.ts'
import type { PartitionLog } from './partition-log.ts'

export type AssignedPartition = { readonly topic: string; readonly partition: number }

export type NativeGroupListener = {
  assigned(partitions: readonly AssignedPartition[]): Promise<void>
  /** Partitions are released when this resolves. */
  revoked(): Promise<void>
  failed(error: unknown): void
}

/** The client's type declarations lack this method. */
type Committing = {
  commitCb(
    offsets: readonly TopicPartition[],
    done: (error: LibrdKafkaError | null, none: undefined) => void,
  ): void
}

const assign = -175 // ERR__ASSIGN_PARTITIONS
/** After this time without a heartbeat, the group reassigns the partitions. */
const sessionTimeoutMs = 10_000
const pollMs = 100

export class NativeGroupMember {
  readonly #consumer: Kafka.KafkaConsumer
  readonly #group: string
  readonly #listener: NativeGroupListener
  #turn: Promise<void> = Promise.resolve()
  #polling: Promise<void> | undefined
  #isClosing = false

  private constructor(config: ClientConfig, group: string, listener: NativeGroupListener) {
    this.#group = group
    this.#listener = listener
    this.#consumer = new Kafka.KafkaConsumer(
      {
        ...config,
        'group.id': group,
        'session.timeout.ms': sessionTimeoutMs,
        'enable.auto.commit': false,
        'enable.auto.offset.store': false,
        'topic.metadata.refresh.interval.ms': 5_000,
        rebalance_cb: (error: LibrdKafkaError, partitions: TopicPartition[]) =>
          this.#rebalance(error, partitions),
      } as Kafka.ConsumerGlobalConfig,
      { 'auto.offset.reset': 'latest' } as Kafka.ConsumerTopicConfig,
    )
    this.#consumer.setDefaultConsumeTimeout(pollMs)
  }

  /** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  static open(
    settings: ClusterSettings,
    group: string,
    listener: NativeGroupListener,
  ): Promise<NativeGroupMember> {
    return openNative(settings, async (config) => {
      const member = new NativeGroupMember(config, group, listener)
      try {
        await connect(member.#consumer, `Joining the group ${group}`)
        return member
      } catch (error) {
        void closeConsumer(member.#consumer)
        throw error
      }
    })
  }

  subscribe(topics: readonly string[]): void {
    this.#consumer.subscribe([...topics])
    this.#polling ??= this.#poll()
  }

  /** Omits partitions without a committed offset. */
  async committed(
    partitions: readonly AssignedPartition[],
  ): Promise<readonly (AssignedPartition & { offset: number })[]> {
    if (partitions.length === 0) return []
    const found = await this.#call<TopicPartition[]>('Requesting offsets of', (done) =>
      this.#consumer.committed([...partitions], callTimeoutMs, done),
    )
    return found.flatMap(({ topic, partition, ...rest }) => {
      const { offset } = rest as { offset?: number }
      return offset === undefined || offset < 0 ? [] : [{ topic, partition, offset }]
    })
  }

  /** @throws KAFKA_UNAVAILABLE, also when the partitions were revoked */
  async commit(logs: readonly PartitionLog[]): Promise<void> {
    if (logs.length === 0) return
    const offsets = logs.map(({ queue: { topic, partition }, position }) => ({
      topic,
      partition,
      offset: position,
    }))
    const consumer = this.#consumer as Kafka.KafkaConsumer & Committing
    await this.#call<undefined>('Committing to', (done) => consumer.commitCb(offsets, done))
  }

  /** Leaves the group. Idempotent. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.#polling
    await this.#turn
    await closeConsumer(this.#consumer)
  }

  /** librdkafka handles rebalances only while polled; paused partitions return no records. */
  async #poll(): Promise<void> {
    while (!this.#isClosing) {
      try {
        await this.#call('Polling', (done) => this.#consumer.consume(1, done))
      } catch (error) {
        if (!this.#isClosing) this.#listener.failed(error)
        return
      }
    }
  }

  #rebalance(error: LibrdKafkaError, partitions: TopicPartition[]): void {
    const work = error.code === assign ? () => this.#take(partitions) : () => this.#giveUp()
    this.#turn = this.#turn.then(work).catch((failure) => this.#listener.failed(failure))
  }

  async #take(partitions: TopicPartition[]): Promise<void> {
    this.#consumer.assign(partitions)
    if (partitions.length > 0) this.#consumer.pause(partitions)
    await this.#listener.assigned(partitions.map(({ topic, partition }) => ({ topic, partition })))
  }

  async #giveUp(): Promise<void> {
    try {
      if (!this.#isClosing) await this.#listener.revoked()
    } finally {
      this.#consumer.unassign()
    }
  }

  #call<T>(
    doing: string,
    call: (done: (error: LibrdKafkaError | null, result: T) => void) => unknown,
  ): Promise<T> {
    return new Promise((resolve, reject) => {
      call((error, result) => {
        if (error) reject(nativeError(error as unknown as Error, `${doing} the group ${this.#group}`))
        else resolve(result)
      })
    })
  }
}
