import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { offsetsAt } from '../../../kafka/consumer/offsets.ts'
import type { Isolation } from '../../../kafka/protocol/fetch.ts'
import { AppError } from '../../../lib/errors.ts'
import { type PartitionLog, partitionLog } from './partition-log.ts'
import { offsetOf, type StartPosition } from './start.ts'

export type OffsetRange = { readonly topic: string; readonly partitions: readonly number[] }

/**
 * With `untilEnd`, reading ends at the current log end.
 * @throws NOT_FOUND when `start` is an offset outside the log
 */
export async function logsFrom(
  cluster: Cluster,
  { topic, partitions }: OffsetRange,
  start: StartPosition,
  untilEnd: boolean,
  isolation: Isolation,
): Promise<readonly PartitionLog[]> {
  const at = (position: Parameters<typeof offsetsAt>[3]) =>
    offsetsAt(cluster, topic, partitions, position, isolation)
  const starts = await at({ type: 'TRIM_HORIZON' })
  const ends = await at({ type: 'LATEST' })
  const times = start.kind === 'time' ? await at({ type: 'AT_TIMESTAMP', timestampMs: start.ms }) : undefined
  return partitions.map((partition) => {
    const first = starts.get(partition) ?? 0
    const end = ends.get(partition) ?? first
    const from = offsetOf(start, { start: first, end }, times?.get(partition))
    if (from < first || from > end) {
      throw new AppError(
        'NOT_FOUND',
        `${topic}[${partition}] has no offset ${from}. Use an offset from ${first} to ${end}, which is the offset of the next message.`,
      )
    }
    return partitionLog(topic, partition, from, untilEnd ? end : undefined)
  })
}
