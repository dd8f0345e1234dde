import type { AbortedTransaction } from '../protocol/fetch.ts'
import type { RecordBatch } from './batch-reader.ts'

/**
 * Skips transaction markers and aborted transactions (KIP-98, "Consumer").
 * @param aborted sorted by first offset
 */
export function* visibleBatches(
  batches: Iterable<RecordBatch>,
  aborted: readonly AbortedTransaction[],
): Generator<RecordBatch> {
  const abortedProducers = new Set<number>()
  let next = 0
  for (const batch of batches) {
    for (; next < aborted.length && aborted[next]!.firstOffset <= batch.lastOffset; next++) {
      abortedProducers.add(aborted[next]!.producerId)
    }
    if (batch.isControl) abortedProducers.delete(batch.producerId)
    else if (!batch.isTransactional || !abortedProducers.has(batch.producerId)) yield batch
  }
}
