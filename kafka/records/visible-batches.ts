import type { AbortedTransaction } from '../protocol/fetch.ts'
import type { RecordBatch } from './batch-reader.ts'

/**
 * Returns a filter of batches in order, which hides transaction markers and aborted transactions (KIP-98, "Consumer").
 * @param aborted sorted by first offset
 */
export function visibility(aborted: readonly AbortedTransaction[]): (batch: RecordBatch) => boolean {
  const abortedProducers = new Set<number>()
  let next = 0
  return ({ lastOffset, producerId, isControl, isTransactional }) => {
    for (; next < aborted.length && aborted[next]!.firstOffset <= lastOffset; next++) {
      abortedProducers.add(aborted[next]!.producerId)
    }
    if (isControl) abortedProducers.delete(producerId)
    return !isControl && !(isTransactional && abortedProducers.has(producerId))
  }
}
