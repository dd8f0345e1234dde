/** What a cluster says of its topics: identity, partitions and offsets. Reads only. */
import Kafka, { type IAdminClient, type LibrdKafkaError } from '@confluentinc/kafka-javascript'
import type { Config } from '../config.ts'
import { AppError } from '../errors.ts'
import { callTimeoutMs, clientConfig } from './client.ts'
import { kafkaError } from './kafka-error.ts'
import { topicIdText } from './topic-id.ts'

/** `id`: unique for each time a topic of this name was made (KIP-516). */
export type TopicView = { readonly id: string; readonly partitions: number }

/** The first offset of a partition's log, and the one that its next record will get (its high watermark). */
export type Bounds = { readonly start: number; readonly end: number }

type Answer<T> = (error: LibrdKafkaError | null | undefined, result: T) => void

export class ClusterView {
  readonly #config: Pick<Config, 'brokers'>
  #admin: IAdminClient | undefined

  constructor(config: Pick<Config, 'brokers'>) {
    this.#config = config
  }

  /** In the order of `topics`. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async describe(topics: readonly string[]): Promise<readonly TopicView[]> {
    const described = await this.#ask<Kafka.TopicDescription[]>('Describing topics', (admin, answer) =>
      admin.describeTopics([...topics], { timeout: callTimeoutMs }, answer),
    )
    return topics.map((name) => {
      const topic = described.find((candidate) => candidate.name === name)
      if (topic === undefined || topic.error !== undefined) {
        throw new AppError(
          'TOPIC_MISSING',
          `The topic ${name} is not there. Create the topics with "npm run books -- topics create".`,
          { retryable: true, cause: topic?.error },
        )
      }
      return { id: topicIdText(topic.topicId), partitions: topic.partitions.length }
    })
  }

  /** @throws KAFKA_UNAVAILABLE, TOPIC_MISSING */
  async bounds(topic: string, partition: number): Promise<Bounds> {
    const [start, end] = await Promise.all([
      this.#offset(topic, partition, Kafka.OffsetSpec.EARLIEST),
      this.#offset(topic, partition, Kafka.OffsetSpec.LATEST),
    ])
    return { start, end }
  }

  /** Idempotent. */
  close(): void {
    this.#admin?.disconnect()
    this.#admin = undefined
  }

  async #offset(topic: string, partition: number, offset: Kafka.OffsetSpec): Promise<number> {
    const doing = `Asking for offsets of ${topic}[${partition}]`
    const [result] = await this.#ask<Kafka.ListOffsetsResult[]>(doing, (admin, answer) =>
      admin.listOffsets([{ topic, partition, offset }], { timeout: callTimeoutMs }, answer),
    )
    if (result === undefined)
      throw new AppError('KAFKA_UNAVAILABLE', `${doing} failed: no answer.`, { retryable: true })
    if (result.error !== undefined) throw kafkaError(result.error as unknown as Error, doing)
    return result.offset
  }

  #ask<T>(doing: string, call: (admin: IAdminClient, answer: Answer<T>) => void): Promise<T> {
    return new Promise((resolve, reject) => {
      try {
        this.#admin ??= Kafka.AdminClient.create(clientConfig(this.#config) as Kafka.GlobalConfig)
        call(this.#admin, (error, result) => {
          if (!error) return resolve(result)
          this.close()
          reject(kafkaError(error as unknown as Error, doing))
        })
      } catch (error) {
        reject(kafkaError(error as Error, doing))
      }
    })
  }
}
