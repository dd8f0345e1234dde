import type { EventBatch } from '../batch/batch.ts'

/** Returns offset ranges by partition and the number of records: `me.books[0] 1..5, [2] 140..239 (105)`. */
export function describeRecords(batch: EventBatch, indexes: readonly number[]): string {
  const described = batch
    .rangesOf(indexes)
    .map(({ partition, first, last }) =>
      first === last ? `[${partition}] ${first}` : `[${partition}] ${first}..${last}`,
    )
  return `${batch.topic}${described.join(', ')} (${indexes.length})`
}
