import { setTimeout as delay } from 'node:timers/promises'
import type { Cluster } from '../cluster/cluster.ts'
import { errorCodes, isProtocolError, ProtocolError } from '../protocol/errors.ts'
import {
  heartbeatRequest,
  joinGroupRequest,
  leaveGroupRequest,
  MemberIdRequired,
  type Membership,
  syncGroupRequest,
} from '../protocol/group-membership.ts'
import { offsetCommitRequest, offsetFetchRequest } from '../protocol/group-offsets.ts'
import type { Request } from '../protocol/request.ts'
import { type AssignorName, assignors, type MemberTopics } from './assignors.ts'
import {
  decodeAssignment,
  decodeSubscription,
  encodeAssignment,
  encodeSubscription,
} from './consumer-protocol.ts'

export type GroupSettings = {
  readonly groupId: string
  readonly topic: string
  /** How long a rebalance waits for this member to rejoin. */
  readonly rebalanceTimeoutMs: number
}

export type GroupListener = {
  /** The partitions are assigned until `revoked` is called. If the promise rejects, the member rejoins. */
  assigned(partitions: readonly number[]): Promise<void>
  /** The listener must start no new batch. The promise resolves when no batch runs and all offsets are committed. */
  revoked(): Promise<void>
  /** Receives the error of each failed join, heartbeat or leave, and undefined after a successful one. */
  problem(error: unknown): void
}

/**
 * The brokers' default minimum (`group.min.session.timeout.ms`). The partitions of a killed member are reassigned after
 * this time.
 */
const sessionTimeoutMs = 6_000
const heartbeatMs = 1_500
const retryMs = 500
const noGeneration = -1
/** A join blocks its connection, so other requests use a second one. */
const lanes = { join: 'group-join', other: 'group' } as const

/**
 * A consumer of one topic in the classic group protocol (Kafka documentation, "Consumer Group"). Running batches end
 * before partitions are revoked, so that each commit carries the generation in which its records were read.
 */
export class GroupMember {
  readonly #cluster: Cluster
  readonly #settings: GroupSettings
  readonly #listener: GroupListener
  readonly #leaving = new AbortController()
  #memberId = ''
  #generation = noGeneration
  #isJoining = false
  /** Set while this member leads the group. */
  #assignedCount: number | undefined
  #rejoin: () => void = () => undefined
  #running: Promise<void> | undefined

  constructor(cluster: Cluster, settings: GroupSettings, listener: GroupListener) {
    this.#cluster = cluster
    this.#settings = settings
    this.#listener = listener
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Must be called when the topic's partitions changed. */
  rejoin(): void {
    this.#rejoin()
  }

  /** Rejoins if this member leads the group, and its metadata was outdated when it assigned the partitions. */
  metadataReceived(partitions: number): void {
    if (this.#assignedCount !== undefined && this.#assignedCount !== partitions) this.#rejoin()
  }

  /** Leaves the group after `revoked` has resolved. Idempotent. */
  async leave(): Promise<void> {
    this.#leaving.abort()
    this.#rejoin()
    // The coordinator ends a pending join when the member leaves.
    if (this.#isJoining) await this.#leave()
    await this.#running
  }

  /** Returns offsets by partition, if committed. @throws ProtocolError, ConnectionError, AccessError */
  async committedOffsets(partitions: readonly number[]): Promise<Map<number, number>> {
    const { groupId, topic } = this.#settings
    const offsets = await this.#send(offsetFetchRequest(groupId, new Map([[topic, partitions]])))
    return new Map(offsets.get(topic))
  }

  /** @returns false if the partitions are no longer assigned, or a rebalance began. @throws as `committedOffsets` */
  async commit(offsets: ReadonlyMap<number, number>): Promise<boolean> {
    try {
      await this.#send(offsetCommitRequest(this.#membership, new Map([[this.#settings.topic, offsets]])))
      return true
    } catch (error) {
      if (!mustRejoin(error)) throw error
      this.#rejoin()
      return false
    }
  }

  get #membership(): Membership {
    return { groupId: this.#settings.groupId, generation: this.#generation, memberId: this.#memberId }
  }

  #send<T>(request: Request<T>, lane: string = lanes.other): Promise<T> {
    return this.#cluster.sendToCoordinator('group', this.#settings.groupId, request, lane)
  }

  async #run(): Promise<void> {
    while (!this.#leaving.signal.aborted) {
      try {
        this.#isJoining = true
        const partitions = await this.#join()
        this.#isJoining = false
        this.#listener.problem(undefined)
        if (!this.#leaving.signal.aborted) await this.#stay(partitions)
      } catch (error) {
        this.#takeMemberId(error)
        if (this.#leaving.signal.aborted) break
        // Both errors are part of a normal join, so the member repeats it without a pause.
        if (isProtocolError(error, 'MEMBER_ID_REQUIRED', 'REBALANCE_IN_PROGRESS')) continue
        this.#listener.problem(error)
        await delay(retryMs, undefined, { signal: this.#leaving.signal }).catch(() => undefined)
      }
    }
    await this.#leave()
  }

  async #join(): Promise<readonly number[]> {
    const { groupId, topic, rebalanceTimeoutMs } = this.#settings
    const join = joinGroupRequest({
      groupId,
      memberId: this.#memberId,
      sessionTimeoutMs,
      rebalanceTimeoutMs,
      assignors: Object.keys(assignors),
      subscription: encodeSubscription([topic]),
    })
    const joined = await this.#send(join, lanes.join)
    this.#memberId = joined.memberId
    this.#generation = joined.generation
    const members = joined.members.map(({ memberId, subscription }) =>
      decodeSubscription(memberId, subscription),
    )
    const isLeader = joined.leader === this.#memberId
    this.#assignedCount = undefined
    const assignments = isLeader ? await this.#assign(joined.assignor as AssignorName, members) : []
    const sync = syncGroupRequest(this.#membership, assignments, rebalanceTimeoutMs)
    return decodeAssignment(await this.#send(sync, lanes.join)).get(topic) ?? []
  }

  #takeMemberId(error: unknown): void {
    if (error instanceof MemberIdRequired) this.#memberId = error.memberId
    else if (isMembershipLost(error)) this.#memberId = ''
  }

  async #assign(
    assignor: AssignorName,
    members: readonly MemberTopics[],
  ): Promise<{ memberId: string; assignment: Buffer }[]> {
    const topics = [...new Set(members.flatMap((member) => member.topics))]
    const metadata = await this.#cluster.metadata(topics)
    const partitions = new Map(
      topics.map((name) => [name, metadata.topics.get(name)?.partitions.length ?? 0]),
    )
    const { topic } = this.#settings
    this.#assignedCount = metadata.topics.get(topic)?.partitions.length
    if (this.#assignedCount === undefined)
      throw new ProtocolError(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `topic ${topic}`)
    return [...assignors[assignor](members, partitions)].map(([memberId, assigned]) => ({
      memberId,
      assignment: encodeAssignment(assigned),
    }))
  }

  /** Returns when the member must rejoin or leave, and no batch runs. */
  async #stay(partitions: readonly number[]): Promise<void> {
    const stopHeartbeats = new AbortController()
    const rebalance = new Promise<void>((resolve) => {
      this.#rejoin = resolve
    })
    const heartbeats = this.#heartbeats(stopHeartbeats.signal)
    try {
      await this.#listener.assigned(partitions)
      await rebalance
    } finally {
      // Heartbeats continue: without them, the coordinator would remove this member.
      await this.#listener.revoked()
      stopHeartbeats.abort()
      await heartbeats
    }
  }

  async #heartbeats(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(heartbeatMs, undefined, { signal }).catch(() => undefined)
      if (signal.aborted) return
      try {
        await this.#send(heartbeatRequest(this.#membership))
        this.#listener.problem(undefined)
      } catch (error) {
        this.#takeMemberId(error)
        if (mustRejoin(error)) this.#rejoin()
        else this.#listener.problem(error)
      }
    }
  }

  async #leave(): Promise<void> {
    if (this.#memberId === '') return
    const leave = leaveGroupRequest(this.#settings.groupId, this.#memberId)
    await this.#send(leave).catch((error: unknown) => {
      // If this request fails, the member is already removed, or its session will expire.
      this.#listener.problem(isMembershipLost(error) ? undefined : error)
    })
    this.#memberId = ''
  }
}

function isMembershipLost(error: unknown): boolean {
  return isProtocolError(error, 'UNKNOWN_MEMBER_ID', 'ILLEGAL_GENERATION', 'FENCED_INSTANCE_ID')
}

function mustRejoin(error: unknown): boolean {
  return isMembershipLost(error) || isProtocolError(error, 'REBALANCE_IN_PROGRESS')
}
