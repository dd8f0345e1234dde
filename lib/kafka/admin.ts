/**
 * Topics and offsets of a cluster: the native client's admin calls as promises. One connection, opened by the first
 * call and closed by `close`. An authority on what is there, not a cache: every call asks the cluster.
 */
import { setTimeout as delay } from 'node:timers/promises'
import Kafka, { type IAdminClient, type LibrdKafkaError } from '@confluentinc/kafka-javascript'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { callTimeoutMs, clientConfig } from './client.ts'
import { kafkaError } from './kafka-error.ts'
import type { Isolation } from './log-reader.ts'
import { topicIdText } from './topic-id.ts'

export type NewTopic = {
  readonly name: string
  readonly partitions: number
  readonly replicationFactor: number
  /** Kafka's names, see its topic configuration page. */
  readonly configs: Readonly<Record<string, string>>
}

export type PartitionDescription = {
  readonly partition: number
  /** Broker ids; none while a partition has no leader. */
  readonly leader: number | undefined
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export type TopicDescription = {
  readonly name: string
  /** As Kafka prints it; another one each time a topic of this name is made (KIP-516). */
  readonly id: string
  readonly partitions: readonly PartitionDescription[]
}

/** `start`: the first offset that is kept. `end`: the one after the last that a reader of this isolation level sees. */
export type PartitionOffsets = { readonly partition: number; readonly start: number; readonly end: number }

type Answer<T> = (error: LibrdKafkaError | null | undefined, result: T) => void

const topicAlreadyExists = 36
const unknownTopic = 3

export class Admin {
  readonly #config: Pick<Config, 'brokers'>
  readonly #timeoutMs: number
  #client: IAdminClient | undefined

  /** `timeoutMs`: how long each call may take. */
  constructor(config: Pick<Config, 'brokers'>, timeoutMs: number = callTimeoutMs) {
    this.#config = config
    this.#timeoutMs = timeoutMs
  }

  /** Names of all topics, sorted, Kafka's internal ones too. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async listTopics(): Promise<readonly string[]> {
    const names = await this.#ask<string[]>('Listing topics', (client, answer) =>
      client.listTopics({ timeout: this.#timeoutMs }, answer),
    )
    return names.sort()
  }

  /** @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async describeTopic(name: string): Promise<TopicDescription> {
    const topic = await this.findTopic(name)
    if (topic) return topic
    throw new AppError(
      'TOPIC_MISSING',
      `There is no topic ${name}. "books topics list" shows those there are.`,
      {
        retryable: true,
      },
    )
  }

  /** As `describeTopic`, but undefined when there is none. */
  async findTopic(name: string): Promise<TopicDescription | undefined> {
    const [topic] = await this.#ask<Kafka.TopicDescription[]>(`Describing ${name}`, (client, answer) =>
      client.describeTopics([name], { timeout: this.#timeoutMs }, answer),
    )
    if (topic === undefined || topic.error?.code === unknownTopic) return undefined
    if (topic.error) throw kafkaError(topic.error as unknown as Error, `Describing ${name}`)
    return {
      name,
      id: topicIdText(topic.topicId),
      partitions: topic.partitions.map((partition) => ({
        partition: partition.partition,
        leader: partition.leader?.id,
        replicas: partition.replicas.map(({ id }) => id),
        inSync: partition.isr.map(({ id }) => id),
      })),
    }
  }

  /** False when a topic of this name is there already, of whatever shape. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async createTopic(topic: NewTopic): Promise<boolean> {
    const doing = `Creating ${topic.name}`
    const request = {
      topic: topic.name,
      num_partitions: topic.partitions,
      replication_factor: topic.replicationFactor,
      config: topic.configs,
    }
    try {
      await this.#ask<void>(doing, (client, answer) =>
        client.createTopic(request, this.#timeoutMs, answer as () => void),
      )
      return true
    } catch (error) {
      if (codeOf(error) === topicAlreadyExists) return false
      throw error
    }
  }

  /** Resolves when brokers have forgotten it. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async deleteTopic(name: string): Promise<void> {
    const doing = `Deleting ${name}`
    await this.#ask<void>(doing, (client, answer) =>
      client.deleteTopic(name, this.#timeoutMs, answer as () => void),
    )
    const deadline = Date.now() + this.#timeoutMs
    while (await this.findTopic(name)) {
      if (Date.now() > deadline)
        throw new AppError('KAFKA_UNAVAILABLE', `${doing} takes too long.`, { retryable: true })
      await delay(50)
    }
  }

  /** In order of partition. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async offsets(
    topic: string,
    isolation: Isolation = 'read_committed',
  ): Promise<readonly PartitionOffsets[]> {
    const { partitions } = await this.describeTopic(topic)
    const [starts, ends] = await Promise.all([
      this.#offsetsAt(topic, partitions, Kafka.OffsetSpec.EARLIEST, isolation),
      this.#offsetsAt(topic, partitions, Kafka.OffsetSpec.LATEST, isolation),
    ])
    return partitions.map(({ partition }) => ({
      partition,
      start: starts.get(partition)!,
      end: ends.get(partition)!,
    }))
  }

  /** One partition's offsets, in one round trip each. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async partitionOffsets(
    topic: string,
    partition: number,
    isolation: Isolation = 'read_committed',
  ): Promise<PartitionOffsets> {
    const [starts, ends] = await Promise.all([
      this.#offsetsAt(topic, [{ partition }], Kafka.OffsetSpec.EARLIEST, isolation),
      this.#offsetsAt(topic, [{ partition }], Kafka.OffsetSpec.LATEST, isolation),
    ])
    return { partition, start: starts.get(partition)!, end: ends.get(partition)! }
  }

  /** Idempotent; the next call opens a new connection. */
  close(): void {
    this.#client?.disconnect()
    this.#client = undefined
  }

  async #offsetsAt(
    topic: string,
    partitions: readonly Pick<PartitionDescription, 'partition'>[],
    offset: Kafka.OffsetSpec,
    isolation: Isolation,
  ): Promise<ReadonlyMap<number, number>> {
    const doing = `Asking for offsets of ${topic}`
    const isolationLevel = isolation === 'read_committed' ? 1 : 0
    const results = await this.#ask<Kafka.ListOffsetsResult[]>(doing, (client, answer) =>
      client.listOffsets(
        partitions.map(({ partition }) => ({ topic, partition, offset })),
        { timeout: this.#timeoutMs, isolationLevel },
        answer,
      ),
    )
    for (const { error } of results) if (error) throw kafkaError(error as unknown as Error, doing)
    return new Map(results.map((result) => [result.partition, result.offset]))
  }

  #ask<T>(doing: string, call: (client: IAdminClient, answer: Answer<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => reject(kafkaError(error as Error, doing))
      try {
        this.#client ??= Kafka.AdminClient.create(clientConfig(this.#config) as Kafka.GlobalConfig)
        call(this.#client, (error, result) => (error ? fail(error) : resolve(result)))
      } catch (error) {
        fail(error)
      }
    })
  }
}

function codeOf(error: unknown): unknown {
  const cause = error instanceof Error ? error.cause : undefined
  return cause instanceof Error && 'code' in cause ? cause.code : undefined
}
