import type { PartitionOffsets } from '../../lib/kafka/admin.ts'
import type { LogRecord, Stretch } from '../../lib/kafka/log-reader.ts'
import type { Topics } from '../../lib/topics.ts'

/** The first offset of a partition's log, and the one that its next record will get. */
export type Bounds = Pick<PartitionOffsets, 'start' | 'end'>

/** The ids of the topics (KIP-516: a topic made again has another) and the partitions that all three have. */
export type Topology = {
  readonly booksTopicId: string
  readonly countTopicId: string
  readonly stateTopicId: string
  readonly partitions: number
}

/** Records that are published together or not at all. `TransactionalProducer` is the real one. */
export type Transactions = {
  begin(): Promise<void>
  produce(topic: string, partition: number, key: Buffer, value: Buffer | null): void
  commit(): Promise<void>
  close(): Promise<void>
}

/** The Kafka cluster, as much of it as counting needs. */
export type CountingCluster = {
  readonly topics: Topics
  /** Ends every other producer of this partition's counts and aborts what it left open. */
  fence(partition: number): Promise<Transactions>
  /** @throws TOPIC_MISSING, PARTITIONS_DIFFER */
  topology(): Promise<Topology>
  bounds(topic: keyof Topics, partition: number): Promise<Bounds>
  /** The end of the lines' bounds, for less. */
  booksEnd(partition: number): Promise<number>
  /**
   * Hands over the state or the published counts from `start` until `end` is reached, or where a reader with
   * `read_committed` comes to an end. A few records behind `end` may come too. Resolves with where to read on.
   */
  readCommitted(
    topic: 'bookCount' | 'bookCountState',
    partition: number,
    bounds: Bounds,
    onRecord: (record: LogRecord) => void,
  ): Promise<number>
  /** The lines, with the isolation that the event source mapping reads them with. */
  readBooks(partition: number, from: number, atLeast: number): Promise<Stretch>
}
