import type { Admin, GroupDescription, PartitionOffsets } from '../../../kafka/admin.ts'
import { AppError } from '../../../lib/errors.ts'
import { offsetOf, type StartPosition } from '../consume/start.ts'

export const timeoutMs = 10_000

/** Has a committed offset or an assigned member. */
export type GroupPartition = {
  readonly topic: string
  readonly partition: number
  readonly committed: number | undefined
  readonly start: number
  readonly end: number
  readonly member: GroupDescription['members'][number] | undefined
}

type PartitionState = Pick<GroupPartition, 'committed' | 'start' | 'end'>

export function lagOf({ committed, start, end }: PartitionState): number {
  return Math.max(0, end - Math.max(start, committed ?? start))
}

export type GroupWithOffsets = GroupDescription & {
  readonly group: string
  readonly partitions: readonly GroupPartition[]
}

/** Omits deleted topics, which members keep assigned for minutes. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
export async function describedGroup(admin: Admin, group: string): Promise<GroupWithOffsets> {
  const found = await admin.describeGroup(group)
  return { group, ...found, partitions: await partitionsOf(admin, found) }
}

async function partitionsOf(
  admin: Admin,
  { members, committed }: GroupDescription,
): Promise<readonly GroupPartition[]> {
  const assigned = members.flatMap((member) => [...member.assigned.keys()])
  const found: GroupPartition[] = []
  for (const topic of [...new Set([...committed.keys(), ...assigned])].sort()) {
    if ((await admin.findTopic(topic)) === undefined) continue
    for (const { partition, start, end } of await admin.offsets(topic, 'read_uncommitted')) {
      const offset = committed.get(topic)?.get(partition)
      const member = members.find((each) => each.assigned.get(topic)?.includes(partition))
      if (offset !== undefined || member)
        found.push({ topic, partition, committed: offset, start, end, member })
    }
  }
  return found
}

export function noGroup(group: string): AppError {
  return new AppError(
    'NOT_FOUND',
    `There is no consumer group ${group}. "books groups list" shows the groups.`,
  )
}

/** `shift` moves the committed offset. */
export type ResetTarget = StartPosition | { readonly kind: 'shift'; readonly by: number }

/**
 * Returns the target's offset, limited to the log's start and end as in Apache's tool.
 * @param atTime offset of the first record at or after the target's time; undefined without one
 */
export function offsetFor(
  target: ResetTarget,
  log: Pick<PartitionOffsets, 'start' | 'end'>,
  committed: number | undefined,
  atTime: number | undefined,
): number {
  const offset =
    target.kind === 'shift' ? (committed ?? log.start) + target.by : offsetOf(target, log, atTime)
  return Math.min(log.end, Math.max(log.start, offset))
}
