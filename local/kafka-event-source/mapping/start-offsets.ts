import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import type { GroupMember } from '../../../kafka/consumer/group-member.ts'
import { offsetsAt } from '../../../kafka/consumer/offsets.ts'
import type { MappingSettings } from '../settings/mapping-settings.ts'

type StartSettings = Pick<MappingSettings, 'topic' | 'startingPosition'>

export type StartOffsets = {
  readonly committed: ReadonlyMap<number, number>
  /** Reading starts at `offset`; the log ends at `end`. */
  readonly partitions: readonly {
    readonly partition: number
    readonly offset: number
    readonly end: number
  }[]
}

/**
 * Returns each partition's committed offset, or its starting position without one. Ignores an offset past the end,
 * because the topic was re-created or truncated. LATEST begins when the mapping starts, so later partitions are read
 * from their start. `existing` is the number of partitions at that time.
 * @throws the errors of `offsetsAt`
 */
export async function startOffsets(
  cluster: Cluster,
  member: Pick<GroupMember, 'committedOffsets'>,
  { topic, startingPosition }: StartSettings,
  partitions: readonly number[],
  existing: number,
): Promise<StartOffsets> {
  const committed = await member.committedOffsets(partitions)
  const ends = await offsetsAt(cluster, topic, partitions, { type: 'LATEST' })
  for (const [partition, offset] of committed) {
    if (offset > ends.get(partition)!) committed.delete(partition)
  }
  const isLater = (partition: number) => startingPosition.type === 'LATEST' && partition >= existing
  const uncommitted = partitions.filter((partition) => !committed.has(partition))
  const [later, others] = [uncommitted.filter(isLater), uncommitted.filter((each) => !isLater(each))]
  const starts = new Map([
    ...(await offsetsAt(cluster, topic, later, { type: 'TRIM_HORIZON' })),
    ...(await offsetsAt(cluster, topic, others, startingPosition)),
  ])
  return {
    committed,
    partitions: partitions.map((partition) => ({
      partition,
      offset: committed.get(partition) ?? starts.get(partition) ?? 0,
      end: ends.get(partition)!,
    })),
  }
}

/**
 * Returns the log's start if retention deleted `offset`, otherwise the starting position.
 * @throws the errors of `offsetsAt`
 */
export async function offsetInLog(
  cluster: Cluster,
  { topic, startingPosition }: StartSettings,
  partition: number,
  offset: number,
): Promise<number | undefined> {
  const starts = await offsetsAt(cluster, topic, [partition], { type: 'TRIM_HORIZON' })
  const start = starts.get(partition) ?? 0
  if (offset < start) return start
  return (await offsetsAt(cluster, topic, [partition], startingPosition)).get(partition)
}
