import type { Update } from '../../functions/count/ledger.ts'
import type { Config } from '../../lib/config.ts'
import { AppError } from '../../lib/errors.ts'
import { Admin } from '../../lib/kafka/admin.ts'
import { LineProducer } from '../../lib/kafka/producer.ts'
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
    const keys = new Map<string, Buffer>()
    for (const { book, count } of updates) {
      const key = keys.get(book) ?? Buffer.from(book, 'base64')
      keys.set(book, key)
      const value = count === null ? null : Buffer.from(String(count))
      while (!this.#producer.offer(key, value, undefined)) await this.#producer.room()
    }
    await this.#producer.flush()
    for (const key of keys.values()) {
      const failure = this.#producer.takeFailure(key)
      if (failure !== undefined) throw failure
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#producer.close()
  }
}
