import { type ClusterSettings, openCluster } from '../../../books/cluster.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { OffsetsByTopic } from '../../../kafka/protocol/group-offsets.ts'
import { AppError } from '../../../lib/errors.ts'

export type TopicPartition = { readonly topic: string; readonly partition: number }
export type CommittedOffset = TopicPartition & { readonly offset: number }

/** Group state as Kafka's tools print it. */
type GroupState = string

export type GroupSummary = { readonly group: string; readonly state: GroupState }

export type GroupMemberSummary = {
  readonly member: string
  readonly client: string
  readonly host: string
  readonly partitions: readonly TopicPartition[]
}

/** Kafka reports an unknown group as `Dead`, without members. */
export type Group = GroupSummary & { readonly members: readonly GroupMemberSummary[] }

const callTimeoutMs = 15_000

export class Groups {
  readonly #admin: Admin

  /** @param timeoutMs timeout of each call */
  constructor(settings: ClusterSettings, timeoutMs: number = callTimeoutMs) {
    this.#admin = new Admin(openCluster(settings), timeoutMs)
  }

  /** Returns the groups by name. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async list(): Promise<readonly GroupSummary[]> {
    const groups = await this.#admin.listGroups()
    return groups.map(({ groupId, state }) => ({ group: groupId, state: state || 'Unknown' }))
  }

  /** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async describe(group: string): Promise<Group & { readonly committed: readonly CommittedOffset[] }> {
    const { state, members, committed } = await this.#admin.describeGroup(group)
    return {
      group,
      state,
      members: members.map(({ memberId, clientId, clientHost, assigned }) => ({
        member: memberId,
        client: clientId,
        host: clientHost,
        partitions: [...assigned].flatMap(([topic, partitions]) =>
          partitions.map((partition) => ({ topic, partition })),
        ),
      })),
      committed: [...committed].flatMap(([topic, offsets]) =>
        [...offsets].map(([partition, offset]) => ({ topic, partition, offset })),
      ),
    }
  }

  /** @throws KAFKA_UNAVAILABLE, also when the group has members; KAFKA_REFUSED */
  async commit(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    const byTopic = new Map<string, Map<number, number>>()
    for (const { topic, partition, offset } of offsets) {
      const ofTopic = byTopic.get(topic) ?? new Map<number, number>()
      byTopic.set(topic, ofTopic.set(partition, offset))
    }
    await this.#admin.commitOffsets(group, byTopic satisfies OffsetsByTopic)
  }

  /** @throws NOT_FOUND for an unknown group; USAGE when it has members; KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async delete(group: string): Promise<void> {
    const { state, members } = await this.describe(group)
    if (state === 'Dead') throw noGroup(group)
    if (members.length > 0)
      throw new AppError('USAGE', `The group ${group} has members. Stop them before deleting the group.`)
    await this.#admin.deleteGroup(group)
  }

  /** Idempotent. */
  close(): void {
    this.#admin.close()
  }
}

export function noGroup(group: string): AppError {
  return new AppError('NOT_FOUND', `There is no group ${group}. "books groups list" shows the groups.`)
}
