import type { Config } from '../lib/config.ts'
import { Admin } from '../lib/kafka/admin.ts'
import { LogReader, type LogRecord } from '../lib/kafka/log-reader.ts'

const recordsPerRead = 50_000

/** All partitions of a topic, from their first record on, as a `read_committed` reader has them. */
export class TopicTail {
  readonly #topic: string
  readonly #admin: Admin
  readonly #reader: LogReader
  #next: Map<number, number> | undefined

  constructor(config: Pick<Config, 'brokers'>, topic: string) {
    this.#topic = topic
    this.#admin = new Admin(config)
    this.#reader = new LogReader(config, 'read_committed')
  }

  /** Hands over what came since the last time. @throws TOPIC_MISSING, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async readNew(take: (record: LogRecord, partition: number) => void): Promise<void> {
    this.#next ??= new Map(
      (await this.#admin.offsets(this.#topic)).map(({ partition, start }) => [partition, start]),
    )
    for (const [partition, from] of this.#next) {
      for (let next = from, atEnd = false; !atEnd; this.#next.set(partition, next)) {
        const stretch = await this.#reader.read(this.#topic, partition, next, recordsPerRead)
        for (const record of stretch.records) take(record, partition)
        next = stretch.next
        atEnd = stretch.atEnd
      }
    }
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#admin.close()
    await this.#reader.close()
  }
}
