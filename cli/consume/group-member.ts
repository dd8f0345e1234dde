/**
 * Membership in a consumer group, by the native client: which partitions are ours, what was committed, and commits. It
 * fetches nothing: the partitions that it is given are paused.
 */
import Kafka, { type LibrdKafkaError, type TopicPartition } from '@confluentinc/kafka-javascript'
import { type Connection, callTimeoutMs, connect, openingNative } from '../../lib/kafka/client.ts'
import type { ClientConfig } from '../../lib/kafka/client-config.ts'
import { closeConsumer, consume } from '../../lib/kafka/consumer.ts'
import { kafkaError } from '../../lib/kafka/kafka-error.ts'
import type { PartitionLog } from './partition-log.ts'

export type AssignedPartition = Pick<PartitionLog, 'topic' | 'partition'>

export type GroupListener = {
  /** These are ours from now on. */
  assigned(partitions: readonly AssignedPartition[]): Promise<void>
  /** None is ours any more when this has resolved. */
  revoked(): Promise<void>
  failed(error: unknown): void
}

/** The client's declarations lack it. */
type Committing = {
  commitCb(
    offsets: readonly TopicPartition[],
    done: (error: LibrdKafkaError | null, none: undefined) => void,
  ): void
}

const assign = -175 // ERR__ASSIGN_PARTITIONS
/** How long the others wait for a member that vanished. */
const sessionTimeoutMs = 10_000
const pollMs = 100

export class GroupMember {
  readonly #consumer: Kafka.KafkaConsumer
  readonly #group: string
  readonly #listener: GroupListener
  #turn: Promise<void> = Promise.resolve()
  #polling: Promise<void> | undefined
  #isClosing = false

  private constructor(config: ClientConfig, group: string, listener: GroupListener) {
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
  static open(connection: Connection, group: string, listener: GroupListener): Promise<GroupMember> {
    return openingNative(connection, async (config) => {
      const member = new GroupMember(config, group, listener)
      try {
        await connect(member.#consumer, `Joining the group ${group}`)
        return member
      } catch (error) {
        void closeConsumer(member.#consumer)
        throw error
      }
    })
  }

  /** Instead of what was subscribed before. */
  subscribe(topics: readonly string[]): void {
    this.#consumer.subscribe([...topics])
    this.#polling ??= this.#poll()
  }

  /** Partitions without a committed offset are absent. */
  async committed(
    partitions: readonly AssignedPartition[],
  ): Promise<readonly (AssignedPartition & { offset: number })[]> {
    if (partitions.length === 0) return []
    const found = await this.#call<TopicPartition[]>('Asking for offsets of', (done) =>
      this.#consumer.committed([...partitions], callTimeoutMs, done),
    )
    return found.flatMap(({ topic, partition, ...rest }) => {
      const { offset } = rest as { offset?: number }
      return offset === undefined || offset < 0 ? [] : [{ topic, partition, offset }]
    })
  }

  /** @throws KAFKA_UNAVAILABLE, also when the partitions are no longer ours */
  async commit(logs: readonly PartitionLog[]): Promise<void> {
    if (logs.length === 0) return
    const offsets = logs.map(({ topic, partition, position }) => ({ topic, partition, offset: position }))
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

  /** The client wants to be asked for records, which there are none, to go on with the group. */
  async #poll(): Promise<void> {
    while (!this.#isClosing) {
      try {
        await consume(this.#consumer, `Reading as ${this.#group}`)
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
        if (error) reject(kafkaError(error as unknown as Error, `${doing} the group ${this.#group}`))
        else resolve(result)
      })
    })
  }
}
