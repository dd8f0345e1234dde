import { PartitionQueue } from '../../../kafka/consumer/partition-queue.ts'

export type PartitionLog = {
  readonly queue: PartitionQueue
  /** Records before this offset are printed. */
  position: number
  /** If undefined, reading follows the log. */
  readonly end: number | undefined
}

export function partitionLog(topic: string, partition: number, from: number, end?: number): PartitionLog {
  return { queue: new PartitionQueue(topic, partition, from), position: from, end }
}

export function isAtEnd({ position, end }: PartitionLog): boolean {
  return end !== undefined && position >= end
}
