/**
 * Topics and offsets of a cluster: the native client's admin calls as promises. One connection, opened by the first
 * call and closed by `close`. An authority on what is there, not a cache: every call asks the cluster.
 */
import { setTimeout as delay } from 'node:timers/promises'
import Kafka, { type IAdminClient } from '@confluentinc/kafka-javascript'
import { AppError } from '../errors.ts'
import { type AdminClient, openAdminClient } from './admin-client.ts'
import { type Connection, callTimeoutMs, forgetSecrets } from './client.ts'
import { kafkaError } from './kafka-error.ts'
import type { Isolation } from './log-reader.ts'
import type { Answer } from './running-calls.ts'
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

type Call<T> = (client: IAdminClient, answer: Answer<T>) => void

const topicAlreadyExists = 36
const unknownTopic = 3
/** The broker's response when no record has the requested time or a later one. */
const noOffset = -1
/** The client remembers who leads a partition, after that broker has restarted too, until the topic is described. */
const leaderChanged = new Set<unknown>([
  5, // LEADER_NOT_AVAILABLE
  6, // NOT_LEADER_OR_FOLLOWER
  74, // FENCED_LEADER_EPOCH
  75, // UNKNOWN_LEADER_EPOCH
])

/** A broker may be told of as a leader, of a new topic above all, a moment before it takes itself for one: a second in all. */
const leaderAttempts = 10

export class Admin {
  readonly #connection: Connection
  readonly #timeoutMs: number
  #opened: Promise<AdminClient> | undefined

  /** `timeoutMs`: how long each call may take. */
  constructor(connection: Connection, timeoutMs: number = callTimeoutMs) {
    this.#connection = connection
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
    const [topic] = await this.describeTopics([name])
    return topic!
  }

  /** In the order of the names, by one request. @throws as `describeTopic`, of any of them */
  async describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]> {
    const found = await this.#findTopics(names)
    return found.map((topic, i) => {
      if (topic !== undefined) return topic
      const message = `There is no topic ${names[i]}. "books topics list" shows those there are.`
      throw new AppError('TOPIC_MISSING', message, { retryable: true })
    })
  }

  /** As `describeTopic`, but undefined when there is none. */
  async findTopic(name: string): Promise<TopicDescription | undefined> {
    const [topic] = await this.#findTopics([name])
    return topic
  }

  async #findTopics(names: readonly string[]): Promise<readonly (TopicDescription | undefined)[]> {
    const doing = (what: string) => `Describing ${what}`
    const found = await this.#ask<Kafka.TopicDescription[]>(doing(names.join(', ')), (client, answer) =>
      client.describeTopics([...names], { timeout: this.#timeoutMs }, answer),
    )
    return names.map((name) => {
      const topic = found.find((candidate) => candidate.name === name)
      if (topic === undefined || topic.error?.code === unknownTopic) return undefined
      if (topic.error) throw kafkaError(topic.error as unknown as Error, doing(name))
      return descriptionOf(topic)
    })
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

  /** Only the end of `partitionOffsets`. @throws as that */
  async partitionEnd(topic: string, partition: number, isolation: Isolation): Promise<number> {
    const ends = await this.#offsetsAt(topic, [{ partition }], Kafka.OffsetSpec.LATEST, isolation)
    return ends.get(partition)!
  }

  /**
   * Returns the first offset whose record has this time or a later one, or undefined when there is none.
   * @param timeMs milliseconds since 1970
   * @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED
   */
  async offsetAtTime(topic: string, partition: number, timeMs: number): Promise<number | undefined> {
    const offsets = await this.#offsetsAt(
      topic,
      [{ partition }],
      new Kafka.OffsetSpec(timeMs),
      'read_committed',
    )
    const offset = offsets.get(partition)!
    return offset === noOffset ? undefined : offset
  }

  /** Idempotent; the next call opens a new connection. */
  close(): void {
    const opened = this.#opened
    this.#opened = undefined
    void opened?.then(
      async ({ client, calls }) => {
        await calls.ended() // disconnecting waits for them, and blocks the whole process meanwhile
        client.disconnect()
      },
      () => undefined, // whoever asked was told
    )
  }

  async #offsetsAt(
    topic: string,
    partitions: readonly Pick<PartitionDescription, 'partition'>[],
    offset: Kafka.OffsetSpec,
    isolation: Isolation,
  ): Promise<ReadonlyMap<number, number>> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#offsetsFromLeaders(topic, partitions, offset, isolation)
      } catch (error) {
        if (!leaderChanged.has(codeOf(error)) || attempt === leaderAttempts) throw error
        await this.describeTopic(topic)
        await delay(25 * (attempt - 1))
      }
    }
  }

  async #offsetsFromLeaders(
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
    for (const { error, offset } of results) {
      if (error) throw kafkaError(error as unknown as Error, doing)
      // When a connection is lost, the client can return -1001, its "invalid", without an error.
      if (offset < noOffset)
        throw new AppError('KAFKA_UNAVAILABLE', `${doing} had no answer.`, { retryable: true })
    }
    return new Map(results.map((result) => [result.partition, result.offset]))
  }

  async #ask<T>(doing: string, call: Call<T>): Promise<T> {
    try {
      return await this.#answer(doing, call)
    } catch (error) {
      const refused = error instanceof AppError && error.code === 'KAFKA_REFUSED'
      if (!refused || !forgetSecrets(this.#connection)) throw error
      // They may have been rotated since they were read.
      this.close()
      return await this.#answer(doing, call)
    }
  }

  async #answer<T>(doing: string, call: Call<T>): Promise<T> {
    this.#opened ??= openAdminClient(this.#connection)
    const opening = this.#opened
    const { client, calls } = await opening.catch((error: Error) => {
      if (this.#opened === opening) this.#opened = undefined
      throw kafkaError(error, doing)
    })
    return calls
      .run<T>((answer) => call(client, answer))
      .catch((error: Error) => {
        throw kafkaError(error, doing)
      })
  }
}

function descriptionOf({ name, topicId, partitions }: Kafka.TopicDescription): TopicDescription {
  return {
    name,
    id: topicIdText(topicId),
    partitions: partitions.map(({ partition, leader, replicas, isr }) => ({
      partition,
      leader: leader?.id,
      replicas: replicas.map(({ id }) => id),
      inSync: isr.map(({ id }) => id),
    })),
  }
}

/** The client's code for what went wrong; it gives plain objects for some errors. */
function codeOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause as { code?: unknown } | undefined)?.code : undefined
}
