import type { Update } from '../../functions/count/ledger.ts'
import type { Config } from '../../lib/config.ts'
import { AppError } from '../../lib/errors.ts'
import { Admin } from '../../lib/kafka/admin.ts'
import { LineProducer } from '../../lib/kafka/producer.ts'
import type { KeyWriter } from '../../lib/kafka/producing/key-writer.ts'
import { topicConfigs } from '../../lib/topics.ts'

/** A topic of a count's own: `(book, current count)` for each update, null for a book that was removed. */
export class UpdateTopic {
  readonly #producer: LineProducer

  private constructor(producer: LineProducer) {
    this.#producer = producer
  }

  /**
   * Creates the topic, of the shape of the lines' topic, if it is not there.
   * @throws USAGE for a topic of the system; TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED
   */
  static async open(config: Config, name: string): Promise<UpdateTopic> {
    const { topics, replicationFactor } = config
    if (Object.values(topics).includes(name)) {
      throw new AppError('USAGE', `${name} is kept by the deployed count: give --to a topic of its own.`)
    }
    const admin = new Admin(config)
    try {
      const { partitions } = await admin.describeTopic(topics.books)
      const configs = topicConfigs(topics, config).get(topics.bookCount) ?? {}
      await admin.createTopic({ name, partitions: partitions.length, replicationFactor, configs })
    } finally {
      admin.close()
    }
    return new UpdateTopic(await LineProducer.open(config, name))
  }

  /** Resolves when all are acknowledged. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING */
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
  async close(): Promise<void> {
    await this.#producer.close()
  }
}
