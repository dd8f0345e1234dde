import type { Admin, PartitionOffsets } from '../../../kafka/admin.ts'
import type {
  CommittedOffset,
  Group,
  GroupMemberSummary,
  Groups,
  TopicPartition,
} from './described-groups.ts'

/** Has a committed offset or an assigned member. */
export type GroupPartition = TopicPartition & {
  readonly committed: number | undefined
  readonly start: number
  readonly end: number
  readonly member: GroupMemberSummary | undefined
}

/** Without a committed offset, counts all records. */
export function lagOf({
  committed,
  start,
  end,
}: Pick<GroupPartition, 'committed' | 'start' | 'end'>): number {
  return Math.max(0, end - Math.max(start, committed ?? start))
}

export type GroupWithOffsets = Group & { readonly partitions: readonly GroupPartition[] }

/** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
export async function describedGroup(admin: Admin, groups: Groups, name: string): Promise<GroupWithOffsets> {
  const { committed, ...group } = await groups.describe(name)
  return { ...group, partitions: await partitionsOf(admin, group, committed) }
}

async function partitionsOf(
  admin: Admin,
  { members }: Group,
  committed: readonly CommittedOffset[],
): Promise<readonly GroupPartition[]> {
  const assigned = members.flatMap((member) =>
    member.partitions.map((partition) => ({ ...partition, member })),
  )
  const topics = [...new Set([...committed, ...assigned].map(({ topic }) => topic))].sort()
  const found: GroupPartition[] = []
  for (const topic of topics) {
    for (const { partition, start, end } of await admin.offsets(topic, 'read_uncommitted')) {
      const isHere = (other: TopicPartition) => other.topic === topic && other.partition === partition
      const offset = committed.find(isHere)?.offset
      const member = assigned.find(isHere)?.member
      if (offset !== undefined || member)
        found.push({ topic, partition, committed: offset, start, end, member })
    }
  }
  return found
}

export type ResetTarget =
  | { readonly kind: 'earliest' | 'latest' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'shift'; readonly by: number }

/**
 * Returns the target's offset, limited to the log's start and end as in Apache's tool.
 * @param atTime offset of the first record at or after the target's time; undefined without one
 */
export function offsetFor(
  target: ResetTarget,
  { start, end }: Pick<PartitionOffsets, 'start' | 'end'>,
  committed: number | undefined,
  atTime: number | undefined,
): number {
  const within = (offset: number) => Math.min(end, Math.max(start, offset))
  switch (target.kind) {
    case 'earliest':
      return start
    case 'latest':
      return end
    case 'offset':
      return within(target.offset)
    case 'time':
      return atTime ?? end
    case 'shift':
      return within((committed ?? start) + target.by)
    default:
      return target satisfies never
  }
}
