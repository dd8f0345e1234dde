import { PartitionQueue } from '../../../kafka/consumer/partition-queue.ts'

/** One partition that is being read and printed. */
export type PartitionLog = {
  readonly topic: string
  readonly partition: number
  readonly queue: PartitionQueue
  /** All records before this offset are printed. */
  position: number
  /** Offset at which reading ends; undefined: follows the log. */
  readonly end: number | undefined
}

export function partitionLog(topic: string, partition: number, from: number, end?: number): PartitionLog {
  return { topic, partition, queue: new PartitionQueue(topic, partition, from), position: from, end }
}

export function isAtEnd({ position, end }: PartitionLog): boolean {
  return end !== undefined && position >= end
}

/** Name of a partition in messages. */
export function nameOf({ topic, partition }: Pick<PartitionLog, 'topic' | 'partition'>): string {
  return `${topic}[${partition}]`
}
