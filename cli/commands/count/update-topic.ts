import { openCluster } from '../../../books/cluster.ts'
import type { Config } from '../../../books/config.ts'
import type { Update } from '../../../books/count/ledger.ts'
import { topicConfigs } from '../../../books/topics.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import type { KeyWriter } from '../../../kafka/producer/key-writer.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import { usageError } from '../../../lib/errors.ts'

/** Publishes `(book, count)` to a topic of the user. The count of a removed book is null. */
export class UpdateTopic {
  readonly #cluster: Cluster
  readonly #producer: Producer

  private constructor(cluster: Cluster, producer: Producer) {
    this.#cluster = cluster
    this.#producer = producer
  }

  /**
   * Creates a missing topic with the partition count of the lines topic.
   * @throws USAGE for one of the system's own topics; TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED
   */
  static async open(config: Config, name: string): Promise<UpdateTopic> {
    const { topics, replicationFactor } = config
    if (Object.values(topics).includes(name)) {
      throw usageError(`${name} is a topic of the function count. Choose another topic for --to.`)
    }
    const cluster = openCluster(config)
    try {
      const admin = new Admin(cluster)
      const { partitions } = await admin.describeTopic(topics.books)
      const configs = topicConfigs(topics, config).get(topics.bookCount) ?? {}
      await admin.createTopic({ name, partitions: partitions.length, replicationFactor, configs })
      return new UpdateTopic(cluster, await Producer.open(cluster, name))
    } catch (error) {
      cluster.close()
      throw error
    }
  }

  /** Resolves when all updates are acknowledged. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
  async publish(updates: readonly Update[]): Promise<void> {
    const writers = new Map<string, KeyWriter>()
    for (const { book, count } of updates) {
      const writer = writers.get(book) ?? this.#producer.writer(Buffer.from(book, 'base64'))
      writers.set(book, writer)
      const value = count === null ? null : Buffer.from(String(count))
      while (!writer.offer(value)) await writer.room()
    }
    for (const writer of writers.values()) await writer.acknowledged()
  }

  /** Idempotent. */
  close(): void {
    this.#producer.close()
    this.#cluster.close()
  }
}
