import type { BookCounts } from '../../../books/book-counts.ts'
import { bookName } from '../../../books/book-name.ts'
import { openCluster } from '../../../books/cluster.ts'
import type { Config } from '../../../books/config.ts'
import { StateReader } from '../../../books/state-reader.ts'
import { Admin, type PartitionOffsets } from '../../../kafka/admin.ts'
import { LogReader, logStart } from '../../../kafka/consumer/log-reader.ts'
import type { TopicMetadata } from '../../../kafka/protocol/metadata.ts'
import { AppError } from '../../../lib/errors.ts'

/** Number of updates to read at each partition's end, to detect other producers. */
const tailRecords = 1_000
const progressEvery = 10_000

/**
 * Reads the last count of each book in `<userid>.book-count` with `read_committed`. Sums the counts of a book that
 * other producers spread over partitions. Reads only the end of the topic if the counter's state is current.
 */
export class PublishedCounts {
  readonly #topic: string
  readonly #admin: Admin
  readonly #reader: LogReader
  readonly #state: StateReader
  readonly #onProgress: (read: number, of: number) => void
  #partitions: Partitions = new Map()
  #positions: ReadonlyMap<number, number> | undefined
  read = 0
  #toRead = 0

  /** @param onProgress called with the number of updates read and their total */
  constructor(
    config: Pick<Config, 'brokers' | 'security' | 'topics'>,
    onProgress: (read: number, of: number) => void = () => {},
  ) {
    this.#topic = config.topics.bookCount
    const cluster = openCluster(config)
    this.#admin = new Admin(cluster)
    this.#reader = new LogReader(cluster, 'read_committed')
    this.#state = new StateReader(cluster, config.topics)
    this.#onProgress = onProgress
  }

  /** Returns all counts by book. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async refresh(): Promise<ReadonlyMap<string, number>> {
    if (this.#positions === undefined) await this.#begin()
    else await this.#readOn(this.#positions)
    const sums = new Map<string, number>()
    for (const counts of this.#partitions.values()) {
      for (const [book, lines] of counts) sums.set(book, (sums.get(book) ?? 0) + lines)
    }
    return new Map([...sums].sort(([a], [b]) => (a < b ? -1 : 1)))
  }

  /** Idempotent. */
  close(): void {
    this.#admin.close()
  }

  async #begin(): Promise<void> {
    const topic = await this.#admin.describeTopic(this.#topic)
    // The log ends are read first, so that the state includes every update before them.
    const logs = await this.#admin.offsets(this.#topic)
    const seed = await this.#countedIn(topic, logs)
    if (seed !== undefined && (await this.#readTails(seed, topic, logs))) return
    this.#partitions = new Map()
    this.#toRead = logs.reduce((sum, { start, end }) => sum + end - start, 0)
    await this.#readOn(new Map(topic.partitions.map(({ partition }) => [partition, logStart])))
  }

  /** @returns false if other producers published after the seed */
  async #readTails(
    seed: Partitions,
    topic: TopicMetadata,
    logs: readonly PartitionOffsets[],
  ): Promise<boolean> {
    this.#partitions = new Map([...seed].map(([partition, counts]) => [partition, new Map(counts)]))
    const published: (readonly [partition: number, book: string])[] = []
    await this.#readOn(
      new Map(logs.map(({ partition, start, end }) => [partition, Math.max(start, end - tailRecords)])),
      (partition, book) => published.push([partition, book]),
    )
    const later = await this.#countedIn(topic, logs)
    if (later === undefined) return false
    for (const [partition, book] of published) {
      const before = seed.get(partition)?.get(book)
      const isUnchanged = before === later.get(partition)?.get(book)
      if (isUnchanged && this.#partitions.get(partition)?.get(book) !== before) return false
    }
    return true
  }

  async #readOn(
    positions: ReadonlyMap<number, number>,
    onUpdate: (partition: number, book: string) => void = () => {},
  ): Promise<void> {
    this.#positions = await this.#reader.readAll(this.#topic, positions, ({ key, value }, partition) => {
      this.read++
      if (this.read % progressEvery === 0) this.#onProgress(this.read, this.#toRead)
      if (key === null) return
      const book = bookName(key)
      this.#take(partition, book, value)
      onUpdate(partition, book)
    })
  }

  /** Returns undefined if the state may differ from the published counts. */
  async #countedIn(topic: TopicMetadata, logs: readonly PartitionOffsets[]): Promise<Partitions | undefined> {
    try {
      return countedByPartition(await this.#state.counts(), topic, logs)
    } catch (error) {
      if (error instanceof AppError && error.code === 'TOPIC_MISSING') return undefined
      throw error
    }
  }

  /** Deletes the count for null (a removed book) and for another producer's value that is not a number. */
  #take(partition: number, book: string, value: Buffer | null): void {
    const counts = this.#partitions.get(partition) ?? new Map<string, number>()
    this.#partitions.set(partition, counts)
    const text = value?.toString('latin1') ?? ''
    if (/^\d+$/.test(text)) counts.set(book, Number(text))
    else counts.delete(book)
  }
}

type Partitions = Map<number, Map<string, number>>

/** Returns undefined unless the state is current, belongs to this topic, and has each book in one partition. */
function countedByPartition(
  { status, checkpoints, books }: BookCounts,
  topic: TopicMetadata,
  logs: readonly PartitionOffsets[],
): Partitions | undefined {
  const isCounted = logs.every(({ start, end }, partition) => {
    const checkpoint = checkpoints[partition]
    return checkpoint === undefined ? start === end : checkpoint.countTopicId === topic.id
  })
  if (status.kind !== 'current' || checkpoints.length !== logs.length || !isCounted) return undefined
  const partitions: Partitions = new Map()
  for (const { name, lines, partitions: places } of books.values()) {
    const [partition] = places
    if (partition === undefined || places.length > 1) return undefined
    const counts = partitions.get(partition) ?? new Map<string, number>()
    partitions.set(partition, counts.set(name, lines))
  }
  return partitions
}
