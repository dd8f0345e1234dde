import { setTimeout as delay } from 'node:timers/promises'
import {
  heartbeatV4,
  joinGroupV6,
  leaveGroupV4,
  offsetCommitV8,
  offsetFetchV8,
  syncGroupV4,
} from '@platformatic/kafka'
import { type AssignorName, assignors, type Subscription } from './assignors.ts'
import type { Cluster } from './cluster.ts'
import {
  assignedPartitions,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.ts'
import { isMembershipLost, protocolErrorOf } from './errors.ts'
import { GroupCoordinator } from './group-coordinator.ts'

export type GroupSettings = {
  readonly groupId: string
  readonly topic: string
  /** How long others wait for us to finish what runs when partitions are shared out anew. */
  readonly rebalanceTimeoutMs: number
}

export type GroupListener = {
  /** These partitions are ours until `revoked` is called. A rejection gives them up and joins again. */
  assigned(partitions: readonly number[]): Promise<void>
  /** Nothing new may start; resolves when nothing runs and commits are done. Then we join again. */
  revoked(): Promise<void>
  /** What stands in the way, or undefined when nothing does any more. */
  problem(error: unknown): void
}

/** As short as brokers allow by default, because a developer who restarts waits for it after a kill. */
const sessionTimeoutMs = 6_000
const heartbeatMs = 2_000
const retryMs = 500
const noGeneration = -1

/** Answers on the way into a group: try again at once. */
const partOfJoining: ReadonlySet<string> = new Set(['MEMBER_ID_REQUIRED', 'REBALANCE_IN_PROGRESS'])

/**
 * A member of a consumer group by the classic protocol (Kafka documentation, "Consumer Group"): joins, leads when
 * chosen, heartbeats, and joins again when the group changes. Unlike the client's own consumer, it lets running
 * batches end before it gives partitions up, and commits only as the member and generation that got the records.
 */
export class GroupMember {
  readonly #cluster: Cluster
  readonly #settings: GroupSettings
  readonly #listener: GroupListener
  readonly #leaving = new AbortController()
  readonly #coordinator: GroupCoordinator
  #memberId = ''
  #generation = noGeneration
  #isJoining = false
  #rejoin: () => void = () => undefined
  #running: Promise<void> | undefined

  constructor(cluster: Cluster, settings: GroupSettings, listener: GroupListener) {
    this.#cluster = cluster
    this.#settings = settings
    this.#listener = listener
    this.#coordinator = new GroupCoordinator(cluster, settings.groupId)
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Shares partitions out anew: the topic has more of them. */
  rejoin(): void {
    this.#rejoin()
  }

  /** Ends the membership, after `revoked` has resolved; idempotent. */
  async leave(): Promise<void> {
    this.#leaving.abort()
    // A join is answered when all others have joined, or at once when we are no member any more.
    if (this.#isJoining) await this.#leave()
    await this.#running
  }

  /** Kafka's committed offsets; a partition without one is absent. @throws the client's errors */
  async committedOffsets(partitions: readonly number[]): Promise<Map<number, number>> {
    const { groupId, topic } = this.#settings
    const topics = [{ name: topic, partitionIndexes: [...partitions] }]
    const { groups } = await this.#coordinator.ask(offsetFetchV8.api, [
      [{ groupId, memberEpoch: -1, topics }],
      false,
    ])
    const offsets = new Map<number, number>()
    for (const { partitionIndex, committedOffset } of groups[0]?.topics[0]?.partitions ?? []) {
      if (committedOffset >= 0n) offsets.set(partitionIndex, Number(committedOffset))
    }
    return offsets
  }

  /** @returns false when the partitions are no longer ours and nothing was committed. @throws when it may be tried again */
  async commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    const { groupId, topic } = this.#settings
    const partitions = [...offsets].map(([partitionIndex, offset]) => ({
      partitionIndex,
      committedOffset: BigInt(offset),
      committedLeaderEpoch: -1,
      committedMetadata: null,
    }))
    try {
      const topics = [{ name: topic, partitions }]
      await this.#coordinator.ask(offsetCommitV8.api, [
        groupId,
        this.#generation,
        this.#memberId,
        null,
        topics,
      ])
      return true
    } catch (error) {
      if (!isMembershipLost(error) && protocolErrorOf(error) !== 'REBALANCE_IN_PROGRESS') throw error
      this.#rejoin()
      return false
    }
  }

  async #run(): Promise<void> {
    while (!this.#leaving.signal.aborted) {
      try {
        this.#isJoining = true
        const partitions = await this.#join()
        this.#isJoining = false
        this.#listener.problem(undefined)
        await this.#stay(partitions)
      } catch (error) {
        this.#takeMemberId(error)
        if (this.#leaving.signal.aborted) break
        if (partOfJoining.has(protocolErrorOf(error) ?? '')) continue
        this.#listener.problem(error)
        await this.#pause(retryMs)
      }
    }
    await this.#leave()
  }

  async #join(): Promise<number[]> {
    const { groupId, topic, rebalanceTimeoutMs } = this.#settings
    const metadata = encodeSubscription([topic])
    const protocols = Object.keys(assignors).map((name) => ({ name, metadata }))
    const joined = await this.#coordinator.ask(joinGroupV6.api, [
      groupId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      this.#memberId,
      null,
      'consumer',
      protocols,
    ])
    this.#memberId = joined.memberId ?? ''
    this.#generation = joined.generationId
    const members = joined.members.map(({ memberId, metadata: sent }) => decodeSubscription(memberId, sent!))
    const isLeader = joined.leader === this.#memberId
    const assignments = isLeader ? await this.#share(joined.protocolName as AssignorName, members) : []
    const { assignment } = await this.#coordinator.ask(syncGroupV4.api, [
      groupId,
      this.#generation,
      this.#memberId,
      null,
      'consumer',
      joined.protocolName,
      assignments,
    ])
    return assignedPartitions(assignment, topic)
  }

  /** Brokers refuse the first join and give a member id to join with (KIP-394); an id they have forgotten is given up. */
  #takeMemberId(error: unknown): void {
    const { response } = error as { response?: { memberId?: string | null } }
    if (protocolErrorOf(error) === 'MEMBER_ID_REQUIRED') this.#memberId = response?.memberId ?? ''
    else if (isMembershipLost(error)) this.#memberId = ''
  }

  async #share(
    assignor: AssignorName,
    members: readonly Subscription[],
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const topics = [...new Set(members.flatMap((member) => member.topics))]
    const partitions = new Map<string, number>()
    for (const topic of topics) {
      const metadata = await this.#cluster.metadata(topic)
      partitions.set(topic, metadata.partitions?.length ?? 0)
    }
    const assignments = assignors[assignor](members, partitions)
    return [...assignments].map(([memberId, assigned]) => ({
      memberId,
      assignment: encodeAssignment(assigned),
    }))
  }

  /** Returns when it is time to join again, with nothing of ours running. */
  async #stay(partitions: readonly number[]): Promise<void> {
    const over = new AbortController()
    const rebalance = new Promise<void>((resolve) => {
      this.#rejoin = resolve
      this.#leaving.signal.addEventListener('abort', () => resolve(), { once: true })
    })
    const heartbeats = this.#heartbeats(over.signal)
    try {
      await this.#listener.assigned(partitions)
      await rebalance
    } finally {
      // Heartbeats go on meanwhile: the others wait for us, unless they think that we are gone.
      await this.#listener.revoked()
      over.abort()
      await heartbeats
    }
  }

  async #heartbeats(over: AbortSignal): Promise<void> {
    const { groupId } = this.#settings
    while (!over.aborted) {
      await delay(heartbeatMs, undefined, { signal: over }).catch(() => undefined)
      if (over.aborted) return
      try {
        await this.#coordinator.ask(heartbeatV4.api, [groupId, this.#generation, this.#memberId])
        this.#listener.problem(undefined)
      } catch (error) {
        const isLost = isMembershipLost(error)
        if (isLost) this.#memberId = ''
        if (isLost || protocolErrorOf(error) === 'REBALANCE_IN_PROGRESS') this.#rejoin()
        else this.#listener.problem(error)
      }
    }
  }

  /** On a lane of its own: a join that waits for other members holds up the group's. */
  async #leave(): Promise<void> {
    const { groupId } = this.#settings
    if (this.#memberId === '') return
    const members = [{ memberId: this.#memberId }]
    await this.#coordinator.ask(leaveGroupV4.api, [groupId, members], 'fetch-2').catch((error: unknown) => {
      // Already forgotten, or nobody there to tell: the session runs out by itself.
      this.#listener.problem(isMembershipLost(error) ? undefined : error)
    })
    this.#memberId = ''
  }

  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: this.#leaving.signal }).catch(() => undefined)
  }
}
