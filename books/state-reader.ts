/** Keeps all counts in memory. Each request reads only the new records of the state topic, in whole transactions. */
import { Admin } from '../kafka/admin.ts'
import type { Cluster } from '../kafka/cluster/cluster.ts'
import { LogReader, logStart } from '../kafka/consumer/log-reader.ts'
import { BookCounts } from './book-counts.ts'
import type { Topics } from './topics.ts'

type CountsSnapshot = {
  readonly topicId: string
  readonly counts: BookCounts
  readonly positions: ReadonlyMap<number, number>
  readonly atMs: number
}

/** A longer pause could miss a removal: compaction deletes tombstones after `delete.retention.ms` (24 hours). */
const maxIdleMs = 12 * 3_600_000

const defaultTimeoutMs = 8_000

export class StateReader {
  readonly #topic: string
  readonly #admin: Admin
  readonly #reader: LogReader
  #read: CountsSnapshot | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(cluster: Cluster, topics: Pick<Topics, 'bookCountState'>, timeoutMs = defaultTimeoutMs) {
    this.#topic = topics.bookCountState
    this.#admin = new Admin(cluster, timeoutMs)
    this.#reader = new LogReader(cluster, 'read_committed', timeoutMs)
  }

  /**
   * Returns counts that include all earlier commits. The next call changes the returned object.
   * @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED
   */
  counts(): Promise<BookCounts> {
    const turn = this.#turn.then(() => this.#catchUp())
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  async #catchUp(): Promise<BookCounts> {
    // Parallel requests save a round trip.
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

  /** Forgets the snapshot first, because counts and positions may differ after a failure. */
  async #readNew(): Promise<CountsSnapshot | undefined> {
    const known = this.#read
    this.#read = undefined
    if (known === undefined || Date.now() - known.atMs > maxIdleMs) return undefined
    return await this.#readFrom(known)
  }

  async #readFrom({ topicId, counts, positions }: CountsSnapshot): Promise<CountsSnapshot> {
    const next = await this.#reader.readAll(this.#topic, positions, (record, partition) =>
      counts.apply(partition, record),
    )
    return { topicId, counts, positions: next, atMs: Date.now() }
  }
}
