import type { EventBatch } from '../batch/batch.ts'

/** Returns offset ranges by partition and the number of records: `me.books[0] 1..5, [2] 140..239 (105)`. */
export function describeRecords(batch: EventBatch, indexes: readonly number[]): string {
  const ranges = new Map<number, { first: number; last: number }>()
  for (const index of indexes) {
    const { partition } = batch.partOf(index)
    const offset = batch.offsetOf(index)
    const range = ranges.get(partition)
    if (range === undefined) ranges.set(partition, { first: offset, last: offset })
    else range.last = offset
  }
  const described = [...ranges].map(([partition, { first, last }]) =>
    first === last ? `[${partition}] ${first}` : `[${partition}] ${first}..${last}`,
  )
  return `${batch.topic}${described.join(', ')} (${indexes.length})`
}
