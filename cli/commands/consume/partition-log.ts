import { PartitionQueue } from '../../../kafka/consumer/partition-queue.ts'

export type PartitionLog = {
  readonly topic: string
  readonly partition: number
  readonly queue: PartitionQueue
  /** Records before this offset are printed. */
  position: number
  /** If undefined, reading follows the log. */
  readonly end: number | undefined
}

export function partitionLog(topic: string, partition: number, from: number, end?: number): PartitionLog {
  return { topic, partition, queue: new PartitionQueue(topic, partition, from), position: from, end }
}

export function isAtEnd({ position, end }: PartitionLog): boolean {
  return end !== undefined && position >= end
}

export function nameOf({ topic, partition }: Pick<PartitionLog, 'topic' | 'partition'>): string {
  return `${topic}[${partition}]`
}
