import type { BookCounts } from '../../../books/book-counts.ts'
import type { Checkpoint } from '../../../books/book-state.ts'
import type { Topology } from '../../../books/count/cluster.ts'
import type { PartitionOffsets } from '../../../kafka/admin.ts'

export type ClusterSnapshot = {
  readonly topology: Topology
  /** Ordered by partition. */
  readonly logs: readonly PartitionOffsets[]
  readonly counts: BookCounts
}

function belongsToLog(
  checkpoint: Checkpoint,
  { topology }: ClusterSnapshot,
  { start, end }: PartitionOffsets,
): boolean {
  return (
    checkpoint.booksTopicId === topology.booksTopicId &&
    checkpoint.countTopicId === topology.countTopicId &&
    checkpoint.next >= start &&
    checkpoint.next <= end
  )
}

/** Returns whether records before `until` (default: the log end) are not counted. */
export function isBehind(snapshot: ClusterSnapshot, partition: number, until?: number): boolean {
  const log = snapshot.logs[partition]!
  const checkpoint = snapshot.counts.checkpoints[partition]
  if (checkpoint === undefined) return log.end > log.start
  if (!belongsToLog(checkpoint, snapshot, log)) return true
  return checkpoint.rebuildUntil !== undefined || checkpoint.next < Math.min(until ?? log.end, log.end)
}

export function progressOf(snapshot: ClusterSnapshot): { readonly counted: number; readonly of: number } {
  let counted = 0
  let of = 0
  for (const log of snapshot.logs) {
    const checkpoint = snapshot.counts.checkpoints[log.partition]
    of += log.end - log.start
    if (checkpoint !== undefined && belongsToLog(checkpoint, snapshot, log))
      counted += checkpoint.next - log.start
  }
  return { counted, of }
}

/** Returns a text that changes when the checkpoint advances. */
export function positionOf({ counts }: ClusterSnapshot, partition: number): string {
  const { next, booksTopicId, rebuildUntil } = counts.checkpoints[partition] ?? {}
  return `${booksTopicId} ${next} ${rebuildUntil}`
}
