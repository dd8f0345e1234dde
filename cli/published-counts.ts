import { Admin } from '../kafka/admin.ts'
import type { Cluster } from '../kafka/cluster/cluster.ts'
import { LogReader, logStart } from '../kafka/consumer/log-reader.ts'
import { bookName } from '../lib/book-name.ts'
import { openCluster } from '../lib/cluster.ts'
import type { Config } from '../lib/config.ts'

/**
 * The last count of each book in `<userid>.book-count`, read with `read_committed`. If other producers spread a book over
 * several partitions, its count is the sum.
 */
export class PublishedCounts {
  readonly #topic: string
  readonly #cluster: Cluster
  readonly #reader: LogReader
  readonly #partitions = new Map<number, Map<string, number>>()
  #positions: ReadonlyMap<number, number> | undefined

  constructor(config: Pick<Config, 'brokers' | 'security' | 'topics'>) {
    this.#topic = config.topics.bookCount
    this.#cluster = openCluster(config)
    this.#reader = new LogReader(this.#cluster, 'read_committed')
  }

  /** Reads new counts, and returns all by book name. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async refresh(): Promise<ReadonlyMap<string, number>> {
    this.#positions ??= await this.#logStarts()
    this.#positions = await this.#reader.readAll(
      this.#topic,
      this.#positions,
      ({ key, value }, partition) => {
        if (key) this.#take(partition, bookName(key), value)
      },
    )
    const sums = new Map<string, number>()
    for (const counts of this.#partitions.values()) {
      for (const [book, lines] of counts) sums.set(book, (sums.get(book) ?? 0) + lines)
    }
    return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Idempotent. */
  close(): void {
    this.#cluster.close()
  }

  async #logStarts(): Promise<ReadonlyMap<number, number>> {
    const { partitions } = await new Admin(this.#cluster).describeTopic(this.#topic)
    return new Map(partitions.map(({ partition }) => [partition, logStart]))
  }

  /** Null: the book was removed. A value that is not a number is from another producer, and is treated as null. */
  #take(partition: number, book: string, value: Buffer | null): void {
    const counts = this.#partitions.get(partition) ?? new Map<string, number>()
    this.#partitions.set(partition, counts)
    const text = value?.toString('latin1') ?? ''
    if (/^\d+$/.test(text)) counts.set(book, Number(text))
    else counts.delete(book)
  }
}
