/**
 * Manages topics, offsets and consumer groups. Methods throw KAFKA_REFUSED if the cluster denies access,
 * TOPIC_MISSING for a missing topic, and KAFKA_UNAVAILABLE for other failures.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../lib/errors.ts'
import type { Cluster } from './cluster/cluster.ts'
import { ConnectionError } from './cluster/connection-error.ts'
import { retryCall } from './cluster/retry.ts'
import { UnsupportedBrokerError } from './cluster/unsupported-broker.ts'
import { decodeAssignment } from './consumer/consumer-protocol.ts'
import { offsetsAt } from './consumer/offsets.ts'
import { type ErrorName, isProtocolError, ProtocolError } from './protocol/errors.ts'
import type { Isolation } from './protocol/fetch.ts'
import {
  noMember,
  type OffsetsByTopic,
  offsetCommitRequest,
  offsetFetchRequest,
} from './protocol/group-offsets.ts'
import {
  deleteGroupRequest,
  describeConsumerGroupRequest,
  describeGroupRequest,
  type GroupMemberDescription,
  type ListedGroup,
  listGroupsRequest,
} from './protocol/groups.ts'
import { listOffsetsRequest } from './protocol/list-offsets.ts'
import type { TopicMetadata } from './protocol/metadata.ts'
import type { Request } from './protocol/request.ts'
import { createTopicRequest, deleteTopicRequest, type NewTopic } from './protocol/topics.ts'

export type { NewTopic } from './protocol/topics.ts'

/** `start`: the first offset. `end`: one past the last visible offset. */
export type PartitionOffsets = { readonly partition: number; readonly start: number; readonly end: number }

export type GroupDescription = {
  /** Such as "Stable", "Empty" or, for a missing group, "Dead". */
  readonly state: string
  readonly members: readonly (Omit<GroupMemberDescription, 'assignment'> & {
    readonly assigned: ReadonlyMap<string, readonly number[]>
  })[]
  readonly committed: OffsetsByTopic
}

const callTimeoutMs = 15_000
const backoff = { firstBackoffMs: 25, maxBackoffMs: 250 }
/** Limits the retries while metadata names a leader that has not accepted leadership yet. */
const newLeaderMs = 1_500

export class Admin {
  readonly #cluster: Cluster
  readonly #timeoutMs: number

  /** @param timeoutMs limits the retries of each call */
  constructor(cluster: Cluster, timeoutMs: number = callTimeoutMs) {
    this.#cluster = cluster
    this.#timeoutMs = timeoutMs
  }

  /** Includes internal topics. */
  async listTopics(): Promise<readonly string[]> {
    const { topics } = await this.#call('Listing topics', () => this.#cluster.metadata('all'))
    return [...topics.keys()].sort()
  }

  async describeTopic(name: string): Promise<TopicMetadata> {
    const [topic] = await this.describeTopics([name])
    return topic!
  }

  async describeTopics(names: readonly string[]): Promise<readonly TopicMetadata[]> {
    const found = await this.#findTopics(names)
    return found.map((topic, i) => {
      if (topic !== undefined) return topic
      const message = `There is no topic ${names[i]}. Create the topic, or check its name.`
      throw new AppError('TOPIC_MISSING', message, { retryable: true })
    })
  }

  async findTopic(name: string): Promise<TopicMetadata | undefined> {
    const [topic] = await this.#findTopics([name])
    return topic
  }

  /**
   * @returns false when the topic existed before
   * @throws CONFIG_INVALID when the broker rejects the name or the settings
   */
  async createTopic(topic: NewTopic): Promise<boolean> {
    const request = createTopicRequest(topic, this.#timeoutMs)
    const create = applied(() => this.#cluster.sendToController(request), 'TOPIC_ALREADY_EXISTS')
    let existed: boolean | undefined
    return this.#call(`Creating topic ${topic.name}`, async () => {
      existed ??= await this.#mayExist(topic.name)
      try {
        return (await create()) || !existed
      } catch (error) {
        if (isProtocolError(error, 'TOPIC_ALREADY_EXISTS')) return false
        throw error
      }
    })
  }

  /** Resolves when the brokers no longer list the topic. */
  async deleteTopic(name: string): Promise<void> {
    const doing = `Deleting topic ${name}`
    const request = deleteTopicRequest(name, this.#timeoutMs)
    const remove = applied(() => this.#cluster.sendToController(request), 'UNKNOWN_TOPIC_OR_PARTITION')
    await this.#call(doing, remove)
    const deadline = performance.now() + this.#timeoutMs
    while (await this.findTopic(name)) {
      if (performance.now() > deadline) {
        const message = `${doing} failed: the brokers still list the topic after ${this.#timeoutMs / 1000} s. Check their logs.`
        throw new AppError('KAFKA_UNAVAILABLE', message, { retryable: true })
      }
      await delay(50)
    }
  }

  async offsets(
    topic: string,
    isolation: Isolation = 'read_committed',
  ): Promise<readonly PartitionOffsets[]> {
    const { partitions } = await this.describeTopic(topic)
    const numbers = partitions.map(({ partition }) => partition)
    return this.#offsets(topic, numbers, isolation)
  }

  async partitionOffsets(
    topic: string,
    partition: number,
    isolation: Isolation = 'read_committed',
  ): Promise<PartitionOffsets> {
    const [offsets] = await this.#offsets(topic, [partition], isolation)
    return offsets!
  }

  async partitionEnd(topic: string, partition: number): Promise<number> {
    const ends = await this.#offsetsAt(topic, [partition], 'LATEST', 'read_uncommitted')
    return ends.get(partition)!
  }

  /** Returns the first offset at or after a time in ms since 1970, or undefined if there is none. */
  async offsetAtTime(topic: string, partition: number, timeMs: number): Promise<number | undefined> {
    const request = (led: readonly number[]) => listOffsetsRequest(topic, led, timeMs, 'read_committed')
    const work = () => this.#cluster.sendToLeaders(topic, [partition], request)
    const [offsets] = await this.#call(`Looking up an offset of ${topic}`, work, newLeaderMs)
    return offsets?.get(partition)
  }

  async listGroups(): Promise<readonly ListedGroup[]> {
    const found = await this.#call('Listing groups', () => this.#cluster.sendToAll(listGroupsRequest()))
    return found.flat().sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
  }

  async describeGroup(groupId: string): Promise<GroupDescription> {
    const [group, committed] = await Promise.all([
      this.#groupMembers(groupId),
      this.#callCoordinator('Describing', groupId, offsetFetchRequest(groupId, null)),
    ])
    return { ...group, committed }
  }

  /** @throws KAFKA_UNAVAILABLE, also while the group has members */
  async commitOffsets(groupId: string, offsets: OffsetsByTopic): Promise<void> {
    const request = offsetCommitRequest(noMember(groupId), offsets)
    await this.#callCoordinator('Committing offsets of', groupId, request)
  }

  /** @throws KAFKA_UNAVAILABLE, also if the group has members or does not exist */
  async deleteGroup(groupId: string): Promise<void> {
    const remove = () => this.#cluster.sendToCoordinator('group', groupId, deleteGroupRequest(groupId))
    await this.#call(`Deleting group ${groupId}`, applied(remove, 'GROUP_ID_NOT_FOUND'))
  }

  /** Idempotent. */
  close(): void {
    this.#cluster.close()
  }

  async #groupMembers(groupId: string): Promise<Omit<GroupDescription, 'committed'>> {
    const group = await this.#callCoordinator('Describing', groupId, describeGroupRequest(groupId))
    const members = group.members.map(({ assignment, ...member }) => ({
      ...member,
      assigned: decodeAssignment(assignment),
    }))
    const found = group.state === 'Dead' ? await this.#consumerGroupMembers(groupId) : undefined
    return found ?? { state: group.state, members }
  }

  /** Returns undefined without the group, or if the broker has no such groups. */
  #consumerGroupMembers(groupId: string): Promise<Omit<GroupDescription, 'committed'> | undefined> {
    const request = describeConsumerGroupRequest(groupId)
    return this.#call(`Describing group ${groupId}`, () =>
      this.#cluster.sendToCoordinator('group', groupId, request).catch((error: unknown) => {
        const isMissing = isProtocolError(error, 'GROUP_ID_NOT_FOUND', 'UNSUPPORTED_VERSION')
        if (isMissing || error instanceof UnsupportedBrokerError) return undefined
        throw error
      }),
    )
  }

  async #findTopics(names: readonly string[]): Promise<readonly (TopicMetadata | undefined)[]> {
    const doing = `Describing ${names.length === 1 ? 'topic' : 'topics'} ${names.join(', ')}`
    const { topics } = await this.#call(doing, () => this.#cluster.metadata(names))
    return names.map((name) => topics.get(name))
  }

  /** Also returns true if the brokers reject the request, because the creation then reports why. */
  async #mayExist(name: string): Promise<boolean> {
    try {
      return (await this.#cluster.metadata([name])).topics.has(name)
    } catch (error) {
      if (error instanceof ProtocolError) return true
      throw error
    }
  }

  async #offsets(
    topic: string,
    partitions: readonly number[],
    isolation: Isolation,
  ): Promise<readonly PartitionOffsets[]> {
    const [starts, ends] = await Promise.all([
      this.#offsetsAt(topic, partitions, 'TRIM_HORIZON', isolation),
      this.#offsetsAt(topic, partitions, 'LATEST', isolation),
    ])
    return partitions.map((partition) => ({
      partition,
      start: starts.get(partition)!,
      end: ends.get(partition)!,
    }))
  }

  #offsetsAt(
    topic: string,
    partitions: readonly number[],
    type: 'TRIM_HORIZON' | 'LATEST',
    isolation: Isolation,
  ): Promise<ReadonlyMap<number, number>> {
    const work = () => offsetsAt(this.#cluster, topic, partitions, { type }, isolation)
    return this.#call(`Looking up offsets of ${topic}`, work, newLeaderMs)
  }

  #callCoordinator<T>(doing: string, groupId: string, request: Request<T>): Promise<T> {
    const work = () => this.#cluster.sendToCoordinator('group', groupId, request)
    return this.#call(`${doing} group ${groupId}`, work)
  }

  #call<T>(doing: string, work: () => Promise<T>, missingTopicMs = 0): Promise<T> {
    return retryCall(doing, work, { ...backoff, timeoutMs: this.#timeoutMs, missingTopicMs })
  }
}

/** Returns false if the error is `repeated`, and an earlier attempt may have made the change. */
function applied(change: () => Promise<void>, repeated: ErrorName): () => Promise<boolean> {
  let mayBeApplied = false
  return async () => {
    try {
      await change()
      return true
    } catch (error) {
      if (mayBeApplied && isProtocolError(error, repeated)) return false
      mayBeApplied ||=
        error instanceof ConnectionError
          ? error.wasSent
          : error instanceof ProtocolError && !error.isUnapplied
      throw error
    }
  }
}
