import type { PartitionOffsets } from '../../kafka/admin.ts'
import type { ReadPosition } from '../../kafka/consumer/log-reader.ts'
import type { LogRecord } from '../../kafka/records/record.ts'
import type { Topics } from '../topics.ts'

export type Bounds = Pick<PartitionOffsets, 'start' | 'end'>

/** `partitions` is each topic's number of partitions. Ids are empty before Kafka 2.8. */
export type Topology = {
  readonly booksTopicId: string
  readonly countTopicId: string
  readonly stateTopicId: string
  readonly partitions: number
}

/** Compares topic ids; an empty one matches any other. */
export function isSameTopic(one: string, other: string): boolean {
  return one === other || one === '' || other === ''
}

export function isSameTopology(one: Topology, other: Topology): boolean {
  return (
    isSameTopic(one.booksTopicId, other.booksTopicId) &&
    isSameTopic(one.countTopicId, other.countTopicId) &&
    isSameTopic(one.stateTopicId, other.stateTopicId) &&
    one.partitions === other.partitions
  )
}

export type Transactions = {
  /** Begins a transaction in the partition of these topics. Never rejects: `commit` throws errors. */
  begin(topics: readonly string[], partition: number): Promise<void>
  produce(topic: string, partition: number, key: Buffer, value: Buffer | null): void
  /** `commit` fails unless the partition's next record gets this offset. */
  expectOffset(topic: string, partition: number, offset: number): void
  commit(): Promise<void>
  close(): void
}

export type CountingCluster = {
  readonly topics: Topics
  fence(partition: number): Promise<Transactions>
  /** @throws TOPIC_MISSING, PARTITIONS_DIFFER */
  topology(): Promise<Topology>
  bounds(topic: keyof Topics, partition: number): Promise<Bounds>
  /** Cheaper than `bounds`. */
  booksEnd(partition: number): Promise<number>
  /** Reads to `end` or the last stable offset; may deliver later records. @returns the next offset */
  readCommitted(
    topic: 'bookCount' | 'bookCountState',
    partition: number,
    bounds: Bounds,
    onRecord: (record: LogRecord) => void,
  ): Promise<number>
  /** Reads at least `atLeast` lines, or to the log's end. */
  readBooks(
    partition: number,
    from: number,
    atLeast: number,
    onRecord: (record: LogRecord) => void,
  ): Promise<ReadPosition>
}
