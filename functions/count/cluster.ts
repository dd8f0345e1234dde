import type { PartitionOffsets } from '../../kafka/admin.ts'
import type { ReadPosition } from '../../kafka/consumer/log-reader.ts'
import type { LogRecord } from '../../kafka/records/record.ts'
import type { Topics } from '../../lib/topics.ts'

/** A log's first offset, and the one that its next record will get. */
export type Bounds = Pick<PartitionOffsets, 'start' | 'end'>

/**
 * The ids of the topics and the number of partitions that all three have. A re-created topic has another id (KIP-516); brokers
 * before 2.8 have none, and an empty id means "unknown".
 */
export type Topology = {
  readonly booksTopicId: string
  readonly countTopicId: string
  readonly stateTopicId: string
  readonly partitions: number
}

/** Records that are published together or not at all: `TransactionalProducer`. */
export type Transactions = {
  begin(): Promise<void>
  produce(topic: string, partition: number, key: Buffer, value: Buffer | null): void
  commit(): Promise<void>
  close(): void
}

/** The Kafka cluster, as much of it as counting needs. */
export type CountingCluster = {
  readonly topics: Topics
  /** Fences every other producer of this partition's counts and aborts its open transaction. */
  fence(partition: number): Promise<Transactions>
  /** @throws TOPIC_MISSING, PARTITIONS_DIFFER */
  topology(): Promise<Topology>
  bounds(topic: keyof Topics, partition: number): Promise<Bounds>
  /** The end of the lines' bounds, for less. */
  booksEnd(partition: number): Promise<number>
  /**
   * Reads the state or the published counts from `start` until `end`, or to the end that a reader with `read_committed` sees.
   * May hand over some records at and after `end`. @returns the offset to continue with
   */
  readCommitted(
    topic: 'bookCount' | 'bookCountState',
    partition: number,
    bounds: Bounds,
    onRecord: (record: LogRecord) => void,
  ): Promise<number>
  /** Reads `atLeast` lines, or to the log's end, with the isolation level of the event source mapping. */
  readBooks(
    partition: number,
    from: number,
    atLeast: number,
    onRecord: (record: LogRecord) => void,
  ): Promise<ReadPosition>
}
