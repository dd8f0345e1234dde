/**
 * Keeps the counts of all books in memory and brings them up to date on request, reading only what is new in
 * `<userid>.book-count-state`: whole transactions, in the order in which `count` committed them.
 */
import { Admin } from '../kafka/admin.ts'
import type { Cluster } from '../kafka/cluster/cluster.ts'
import { LogReader, logStart } from '../kafka/consumer/log-reader.ts'
import { BookCounts } from './book-counts.ts'
import type { Topics } from './topics.ts'

type Read = {
  readonly topicId: string
  readonly counts: BookCounts
  /** By partition: the next offset. */
  readonly positions: ReadonlyMap<number, number>
  readonly atMs: number
}

/**
 * Compaction drops a removal `delete.retention.ms` (24 hours by default) after the book: a reader that was idle for that long
 * could miss it, and reads everything again.
 */
const maxIdleMs = 12 * 3_600_000

/** API Gateway waits 30 s, and a caller less. */
const timeoutMs = 8_000

export class StateReader {
  readonly #topic: string
  readonly #admin: Admin
  readonly #reader: LogReader
  #read: Read | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(cluster: Cluster, topics: Pick<Topics, 'bookCountState'>) {
    this.#topic = topics.bookCountState
    this.#admin = new Admin(cluster, timeoutMs)
    this.#reader = new LogReader(cluster, 'read_committed', timeoutMs)
  }

  /**
   * The counts with everything that was committed when this was called. Calls run one after the other. The object is the same
   * until the topic is re-created; the next call changes it.
   * @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED
   */
  counts(): Promise<BookCounts> {
    const turn = this.#turn.then(() => this.#catchUp())
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #catchUp(): Promise<BookCounts> {
    // Both at the same time, since each is a round trip.
    const [described, read] = await Promise.allSettled([
      this.#admin.describeTopic(this.#topic),
      this.#readNew(),
    ])
    if (described.status === 'rejected') throw described.reason
    const { id, partitions } = described.value
    const known = read.status === 'fulfilled' ? read.value : undefined
    if (known?.topicId === id && known.positions.size === partitions.length) {
      this.#read = known
      return known.counts
    }
    const positions = new Map(partitions.map(({ partition }) => [partition, logStart]))
    const counts = new BookCounts(positions.size)
    this.#read = await this.#readFrom({ topicId: id, counts, positions, atMs: 0 })
    return this.#read.counts
  }

  /** Reads what is new. After a failure memory is discarded: a record may have been applied, its position not. */
  async #readNew(): Promise<Read | undefined> {
    const known = this.#read
    this.#read = undefined
    if (known === undefined || Date.now() - known.atMs > maxIdleMs) return undefined
    return await this.#readFrom(known)
  }

  async #readFrom({ topicId, counts, positions }: Read): Promise<Read> {
    const next = await this.#reader.readAll(this.#topic, positions, (record, partition) =>
      counts.apply(partition, record),
    )
    return { topicId, counts, positions: next, atMs: Date.now() }
  }
}
