import type { Config } from '../../lib/config.ts'
import { AppError } from '../../lib/errors.ts'
import { Admin, type PartitionOffsets } from '../../lib/kafka/admin.ts'
import { type Isolation, LogReader, type LogRecord, type Stretch } from '../../lib/kafka/log-reader.ts'
import { TransactionalProducer } from '../../lib/kafka/transactional-producer.ts'
import type { Topics } from '../../lib/topics.ts'
import type { Bounds, CountingCluster, Topology, Transactions } from './cluster.ts'
import { Pace } from './pace.ts'

/**
 * How lines are read when a batch is not whole: as the event source mapping reads them. AWS documents no setting, so
 * it is the Kafka consumer's own default.
 */
const mappingIsolation: Isolation = 'read_uncommitted'

/** The real cluster. Clients are opened at first use and stay warm. */
export class KafkaCluster implements CountingCluster {
  readonly topics: Topics
  readonly #config: Pick<Config, 'brokers' | 'userid'>
  readonly #takeovers: Pace
  readonly #admin: Admin
  readonly #published: LogReader
  readonly #lines: LogReader

  constructor(config: Pick<Config, 'brokers' | 'userid' | 'topics' | 'takeoverIntervalMs'>) {
    this.topics = config.topics
    this.#config = config
    this.#takeovers = new Pace(config.takeoverIntervalMs)
    this.#admin = new Admin(config)
    this.#published = new LogReader(config, 'read_committed')
    this.#lines = new LogReader(config, mappingIsolation)
  }

  async fence(partition: number): Promise<Transactions> {
    await this.#takeovers.turn()
    return await TransactionalProducer.open(this.#config, `${this.#config.userid}.count.${partition}`)
  }

  async topology(): Promise<Topology> {
    const { books, bookCount, bookCountState } = this.topics
    const found = await this.#admin.describeTopics([books, bookCount, bookCountState])
    const [lines, counts, state] = found
    const partitions = lines!.partitions.length
    if (found.every((topic) => topic.partitions.length === partitions))
      return { booksTopicId: lines!.id, countTopicId: counts!.id, stateTopicId: state!.id, partitions }
    const numbers = found.map(({ name, partitions }) => `${name} has ${partitions.length}`).join(', ')
    throw new AppError(
      'PARTITIONS_DIFFER',
      `The three topics must have the same number of partitions, but ${numbers}: nothing was counted. Delete the one that is wrong and run "npm run books -- topics create".`,
    )
  }

  bounds(topic: keyof Topics, partition: number): Promise<PartitionOffsets> {
    return this.#admin.partitionOffsets(this.topics[topic], partition, 'read_uncommitted')
  }

  booksEnd(partition: number): Promise<number> {
    return this.#admin.partitionEnd(this.topics.books, partition, 'read_uncommitted')
  }

  readCommitted(
    topic: 'bookCount' | 'bookCountState',
    partition: number,
    bounds: Bounds,
    onRecord: (record: LogRecord) => void,
  ): Promise<number> {
    return this.#published.readTo(this.topics[topic], partition, bounds, onRecord)
  }

  readBooks(partition: number, from: number, atLeast: number): Promise<Stretch> {
    return this.#lines.read(this.topics.books, partition, from, atLeast)
  }

  /** Idempotent. */
  async close(): Promise<void> {
    this.#admin.close()
    await Promise.all([this.#published.close(), this.#lines.close()])
  }
}
