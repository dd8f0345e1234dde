import { type BookState, decodeStateRecord } from '../lib/book-state.ts'
import type { Config } from '../lib/config.ts'
import { TopicTail } from './topic-tail.ts'

/** What the counter remembers of each book, read from `<userid>.book-count-state` as it grows. */
export class BookStates {
  readonly #tail: TopicTail
  readonly #states = new Map<string, BookState>()

  constructor(config: Pick<Config, 'brokers' | 'topics'>) {
    this.#tail = new TopicTail(config, config.topics.bookCountState)
  }

  /** Reads what is new. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async refresh(): Promise<ReadonlyMap<string, BookState>> {
    await this.#tail.readNew(({ key, value }) => {
      const record = decodeStateRecord(key, value)
      if (record.kind !== 'book') return
      if (record.state) this.#states.set(record.book.toString(), record.state)
      else this.#states.delete(record.book.toString())
    })
    return this.#states
  }

  /** Idempotent. */
  async close(): Promise<void> {
    await this.#tail.close()
  }
}
