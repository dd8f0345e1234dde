import type { AbortedTransaction } from '../../local/kafka-event-source/kafka/fetch.ts'
import type { RecordBatch } from '../../local/kafka-event-source/kafka/record-batches.ts'

/**
 * The batches that hold records for us, in order: no transaction markers, and nothing of the transactions that the broker
 * says were aborted, which are each producer's batches from the first offset to its next marker (KIP-98, "Consumer").
 * @param aborted sorted by first offset; empty for who reads uncommitted records
 */
export function* visibleBatches(
  batches: readonly RecordBatch[],
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
