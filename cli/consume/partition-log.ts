/** How far one partition has been read. */
export type PartitionLog = {
  readonly topic: string
  readonly partition: number
  /** Where the next fetch begins. */
  fetchOffset: number
  /** Up to here everything was handed over. */
  position: number
  /** Where reading ends; undefined: it follows. */
  readonly end: number | undefined
}

export function partitionLog(topic: string, partition: number, from: number, end?: number): PartitionLog {
  return { topic, partition, fetchOffset: from, position: from, end }
}

export function isAtEnd({ position, end }: PartitionLog): boolean {
  return end !== undefined && position >= end
}

/** For messages. */
export function nameOf({ topic, partition }: Pick<PartitionLog, 'topic' | 'partition'>): string {
  return `${topic}[${partition}]`
}
