import type { PartitionOffsets } from '../../kafka/admin.ts'
import type { ReadPosition } from '../../kafka/consumer/log-reader.ts'
import type { LogRecord } from '../../kafka/records/record.ts'
import type { Topics } from '../topics.ts'

/** A log's first offset, and the offset of its next record. */
export type Bounds = Pick<PartitionOffsets, 'start' | 'end'>

/** Topic ids, and the number of partitions of all three topics. An empty id means "unknown" (brokers before 2.8). */
export type Topology = {
  readonly booksTopicId: string
  readonly countTopicId: string
  readonly stateTopicId: string
  readonly partitions: number
}

/** Implemented by `TransactionalProducer`. */
export type Transactions = {
  begin(): Promise<void>
  produce(topic: string, partition: number, key: Buffer, value: Buffer | null): void
  commit(): Promise<void>
  close(): void
}

export type CountingCluster = {
  readonly topics: Topics
  /** Fences every other producer of this partition's counts. */
  fence(partition: number): Promise<Transactions>
  /** @throws TOPIC_MISSING, PARTITIONS_DIFFER */
  topology(): Promise<Topology>
  bounds(topic: keyof Topics, partition: number): Promise<Bounds>
  /** The end of `bounds('books', …)`, in a cheaper request. */
  booksEnd(partition: number): Promise<number>
  /**
   * Reads from `start` to `end`, or to the last stable offset. May also deliver later records.
   * @returns the offset to continue with
   */
  readCommitted(
    topic: 'bookCount' | 'bookCountState',
    partition: number,
    bounds: Bounds,
    onRecord: (record: LogRecord) => void,
  ): Promise<number>
  /** Reads at least `atLeast` lines, or to the log's end, with the isolation level of the event source mapping. */
  readBooks(
    partition: number,
    from: number,
    atLeast: number,
    onRecord: (record: LogRecord) => void,
  ): Promise<ReadPosition>
}
