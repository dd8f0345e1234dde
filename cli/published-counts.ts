import type { Config } from '../lib/config.ts'
import { printable } from './table.ts'
import { TopicTail } from './topic-tail.ts'

/**
 * The counts in `<userid>.book-count`: the last one of each book. A book that foreign producers spread over several
 * partitions has the sum.
 */
export class PublishedCounts {
  readonly #tail: TopicTail
  readonly #partitions = new Map<number, Map<string, number>>()

  constructor(config: Pick<Config, 'brokers' | 'topics'>) {
    this.#tail = new TopicTail(config, config.topics.bookCount)
  }

  /** Reads what was published since the last time. By name. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async refresh(): Promise<ReadonlyMap<string, number>> {
    await this.#tail.readNew(({ key, value }, partition) => {
      if (key) this.#take(partition, printable(key), value)
    })
    const sums = new Map<string, number>()
    for (const counts of this.#partitions.values()) {
      for (const [book, lines] of counts) sums.set(book, (sums.get(book) ?? 0) + lines)
    }
    return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#tail.close()
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
