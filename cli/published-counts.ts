import { bookName } from '../lib/book-name.ts'
import type { Config } from '../lib/config.ts'
import { Admin } from '../lib/kafka/admin.ts'
import { logStart, TopicReader } from '../lib/kafka/topic-reader.ts'

/**
 * The counts in `<userid>.book-count` as a `read_committed` reader has them: the last one of each book. A book that
 * foreign producers spread over several partitions has the sum.
 */
export class PublishedCounts {
  readonly #topic: string
  readonly #admin: Admin
  readonly #reader: TopicReader
  readonly #partitions = new Map<number, Map<string, number>>()
  #positions: readonly number[] | undefined

  constructor(config: Pick<Config, 'brokers' | 'security' | 'topics'>) {
    this.#topic = config.topics.bookCount
    this.#admin = new Admin(config)
    this.#reader = new TopicReader(config, 'read_committed')
  }

  /** Reads what was published since the last time. By name. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async refresh(): Promise<ReadonlyMap<string, number>> {
    this.#positions ??= (await this.#admin.describeTopic(this.#topic)).partitions.map(() => logStart)
    this.#positions = await this.#reader.read(this.#topic, this.#positions, (partition, { key, value }) => {
      if (key) this.#take(partition, bookName(key), value)
    })
    const sums = new Map<string, number>()
    for (const counts of this.#partitions.values()) {
      for (const [book, lines] of counts) sums.set(book, (sums.get(book) ?? 0) + lines)
    }
    return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#admin.close()
    await this.#reader.close()
  }

  /** A null value: the book was removed. What is no number was not published by us, and is no count. */
  #take(partition: number, book: string, value: Buffer | null): void {
    const counts = this.#partitions.get(partition) ?? new Map<string, number>()
    this.#partitions.set(partition, counts)
    const text = value?.toString('latin1') ?? ''
    if (/^\d+$/.test(text)) counts.set(book, Number(text))
    else counts.delete(book)
  }
}
