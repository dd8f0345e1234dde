/** How far each partition is counted, as the shared state says it, and how far it should be. */
import type { Topology } from '../../functions/count/cluster.ts'
import type { PartitionOffsets } from '../../kafka/admin.ts'
import type { BookCounts } from '../../lib/book-counts.ts'
import type { Checkpoint } from '../../lib/book-state.ts'

/** All that one look at the cluster says. */
export type Look = {
  readonly topology: Topology
  /** Of the topic of lines, in order of partition. */
  readonly logs: readonly PartitionOffsets[]
  readonly counts: BookCounts
}

/** Whether the state says something about this log. */
function fits(checkpoint: Checkpoint, { topology }: Look, { start, end }: PartitionOffsets): boolean {
  return (
    checkpoint.booksTopicId === topology.booksTopicId &&
    checkpoint.countTopicId === topology.countTopicId &&
    checkpoint.next >= start &&
    checkpoint.next <= end
  )
}

/** Whether lines before `until`, by default the log's end, are not counted yet. */
export function isBehind(look: Look, partition: number, until?: number): boolean {
  const log = look.logs[partition]!
  const checkpoint = look.counts.checkpoints[partition]
  if (checkpoint === undefined) return log.end > log.start
  if (!fits(checkpoint, look, log)) return true
  return checkpoint.rebuildUntil !== undefined || checkpoint.next < Math.min(until ?? log.end, log.end)
}

/** Records of the log that are counted, of those that there are. */
export function progressOf(look: Look): { readonly counted: number; readonly of: number } {
  let counted = 0
  let of = 0
  for (const log of look.logs) {
    const checkpoint = look.counts.checkpoints[log.partition]
    of += log.end - log.start
    if (checkpoint !== undefined && fits(checkpoint, look, log)) counted += checkpoint.next - log.start
  }
  return { counted, of }
}

/** Changes whenever the partition's count moves. */
export function positionOf({ counts }: Look, partition: number): string {
  const { next, booksTopicId, rebuildUntil } = counts.checkpoints[partition] ?? {}
  return `${booksTopicId} ${next} ${rebuildUntil}`
}
