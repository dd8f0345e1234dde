/**
 * Keeps the counts of all books in memory and brings them up to date when asked, reading only what is new in
 * `<userid>.book-count-state`: whole transactions, in the order in which `count` committed them.
 */
import { BookCounts } from './book-counts.ts'
import type { Config } from './config.ts'
import { AppError } from './errors.ts'
import { Admin } from './kafka/admin.ts'
import { logStart, TopicReader } from './kafka/topic-reader.ts'

type Read = {
  readonly topicId: string
  readonly counts: BookCounts
  readonly positions: readonly number[]
  readonly atMs: number
}

/**
 * Compaction drops a removal `delete.retention.ms` (24 hours by default) after the book; who has not looked for that
 * long could miss it, and reads everything again.
 */
const forgetAfterMs = 12 * 3_600_000

/** Less than a caller's patience, so that there is time for a second try. */
const answerWithinMs = 4_000

export class StateReader {
  readonly #topic: string
  readonly #admin: Admin
  readonly #reader: TopicReader
  #read: Read | undefined
  #turn: Promise<unknown> = Promise.resolve()

  constructor(config: Pick<Config, 'brokers' | 'topics'>) {
    this.#topic = config.topics.bookCountState
    this.#admin = new Admin(config, answerWithinMs)
    this.#reader = new TopicReader(config, 'read_committed')
  }

  /**
   * The counts with everything that was committed when this was called. Calls take turns. The object is the same until
   * the topic is made again; it changes with the next call.
   * @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED
   */
  counts(): Promise<BookCounts> {
    const turn = this.#turn.then(() => this.#catchUpTwice())
    this.#turn = turn.catch(() => undefined)
    return turn
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#turn
    this.#admin.close()
    await this.#reader.close()
  }

  /** A frozen container's connections may be dead without a sign: the first failure means new ones. */
  async #catchUpTwice(): Promise<BookCounts> {
    try {
      return await this.#catchUp()
    } catch (error) {
      if (!(error instanceof AppError && error.code === 'KAFKA_UNAVAILABLE')) throw error
      this.#admin.close()
      await this.#reader.close()
      return await this.#catchUp()
    }
  }

  async #catchUp(): Promise<BookCounts> {
    // Side by side, since each is a round trip; and to the end of both, since the reader has one call at a time.
    const [described, read] = await Promise.allSettled([
      this.#admin.describeTopic(this.#topic),
      this.#readOn(),
    ])
    const topic = settled(described)
    const known = read.status === 'fulfilled' ? read.value : undefined
    if (known?.topicId === topic.id && known.positions.length === topic.partitions.length) {
      this.#read = known
      return known.counts
    }
    const positions = topic.partitions.map(() => logStart)
    this.#read = await this.#readFrom({
      topicId: topic.id,
      counts: new BookCounts(positions.length),
      positions,
      atMs: 0,
    })
    return this.#read.counts
  }

  /** Reads what is new. Whatever fails, the memory is given up: a record may have been taken, its position not. */
  async #readOn(): Promise<Read | undefined> {
    const known = this.#read
    this.#read = undefined
    if (known === undefined || Date.now() - known.atMs > forgetAfterMs) return undefined
    return await this.#readFrom(known)
  }

  async #readFrom({ topicId, counts, positions }: Read): Promise<Read> {
    const next = await this.#reader.read(this.#topic, positions, (partition, record) =>
      counts.apply(partition, record),
    )
    return { topicId, counts, positions: next, atMs: Date.now() }
  }
}

function settled<T>(result: PromiseSettledResult<T>): T {
  if (result.status === 'rejected') throw result.reason
  return result.value
}
