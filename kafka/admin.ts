/**
 * Manages topics, offsets and consumer groups. Methods throw KAFKA_REFUSED if the cluster denies access,
 * TOPIC_MISSING for a missing topic, and KAFKA_UNAVAILABLE for other failures.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../lib/errors.ts'
import type { Cluster } from './cluster/cluster.ts'
import { ConnectionError } from './cluster/connection-error.ts'
import { kafkaError } from './cluster/kafka-error.ts'
import { isRetriable, retry } from './cluster/retry.ts'
import { decodeAssignment } from './consumer/consumer-protocol.ts'
import { offsetsAt } from './consumer/offsets.ts'
import { isProtocolError, ProtocolError } from './protocol/errors.ts'
import type { Isolation } from './protocol/fetch.ts'
import {
  noMember,
  type OffsetsByTopic,
  offsetCommitRequest,
  offsetFetchRequest,
} from './protocol/group-offsets.ts'
import {
  deleteGroupRequest,
  describeGroupRequest,
  type ListedGroup,
  listGroupsRequest,
} from './protocol/groups.ts'
import { listOffsetsRequest } from './protocol/list-offsets.ts'
import { noLeader, type TopicMetadata } from './protocol/metadata.ts'
import type { Request } from './protocol/request.ts'
import { createTopicRequest, deleteTopicRequest, type NewTopic } from './protocol/topics.ts'

export type { NewTopic } from './protocol/topics.ts'

type PartitionDescription = {
  readonly partition: number
  /** Node id, if there is a leader. */
  readonly leader: number | undefined
  /** Node ids. */
  readonly replicas: readonly number[]
  readonly inSync: readonly number[]
}

export type TopicDescription = {
  readonly name: string
  /** The topic id (KIP-516), which changes when the topic is re-created. Empty before Kafka 2.8. */
  readonly id: string
  readonly partitions: readonly PartitionDescription[]
}

/** `start`: the first offset. `end`: one past the last visible offset. */
export type PartitionOffsets = { readonly partition: number; readonly start: number; readonly end: number }

export type GroupDescription = {
  /** Such as "Stable", "Empty" or "Dead". */
  readonly state: string
  readonly members: readonly {
    readonly memberId: string
    readonly clientId: string
    readonly clientHost: string
    /** Partition numbers by topic. */
    readonly assigned: ReadonlyMap<string, readonly number[]>
  }[]
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

  /** Returns all topics, sorted, including internal topics. */
  async listTopics(): Promise<readonly string[]> {
    const { topics } = await this.#call('Listing topics', () => this.#cluster.metadata('all'))
    return [...topics.keys()].sort()
  }

  async describeTopic(name: string): Promise<TopicDescription> {
    const [topic] = await this.describeTopics([name])
    return topic!
  }

  /** Returns the topics in the order of `names`. */
  async describeTopics(names: readonly string[]): Promise<readonly TopicDescription[]> {
    const found = await this.#findTopics(names)
    return found.map((topic, i) => {
      if (topic !== undefined) return topic
      const message = `There is no topic ${names[i]}. Create the topic, or check its name.`
      throw new AppError('TOPIC_MISSING', message, { retryable: true })
    })
  }

  /** Like `describeTopic`, but returns undefined for a missing topic. */
  async findTopic(name: string): Promise<TopicDescription | undefined> {
    const [topic] = await this.#findTopics([name])
    return topic
  }

  /**
   * @returns false when the topic existed before
   * @throws CONFIG_INVALID when the broker rejects the name or the settings
   */
  async createTopic(topic: NewTopic): Promise<boolean> {
    const request = createTopicRequest(topic, this.#timeoutMs)
    let existed: boolean | undefined
    let mayBeCreated = false
    return this.#call(`Creating topic ${topic.name}`, async () => {
      existed ??= (await this.#cluster.metadata([topic.name])).topics.has(topic.name)
      try {
        await this.#cluster.sendToController(request)
        return true
      } catch (error) {
        // An earlier attempt, whose response was lost, created it.
        if (isProtocolError(error, 'TOPIC_ALREADY_EXISTS')) return mayBeCreated && !existed
        mayBeCreated ||=
          error instanceof ConnectionError ? error.wasSent : error instanceof ProtocolError && !error.isUnapplied
        throw error
      }
    })
  }

  /** Resolves when the brokers no longer list the topic. */
  async deleteTopic(name: string): Promise<void> {
    const doing = `Deleting topic ${name}`
    const request = deleteTopicRequest(name, this.#timeoutMs)
    await this.#call(doing, () => this.#cluster.sendToController(request))
    const deadline = Date.now() + this.#timeoutMs
    while (await this.findTopic(name)) {
      if (Date.now() > deadline) {
        const message = `${doing} failed: the brokers still list the topic after ${this.#timeoutMs / 1000} s.`
        throw new AppError('KAFKA_UNAVAILABLE', message, { retryable: true })
      }
      await delay(50)
    }
  }

  /** Returns the offsets of all partitions, by number. */
  async offsets(
    topic: string,
    isolation: Isolation = 'read_committed',
  ): Promise<readonly PartitionOffsets[]> {
    const { partitions } = await this.describeTopic(topic)
    const numbers = partitions.map(({ partition }) => partition)
    const [starts, ends] = await Promise.all([
      this.#offsetsAt(topic, numbers, 'TRIM_HORIZON', isolation),
      this.#offsetsAt(topic, numbers, 'LATEST', isolation),
    ])
    return numbers.map((partition) => ({
      partition,
      start: starts.get(partition)!,
      end: ends.get(partition)!,
    }))
  }

  async partitionOffsets(
    topic: string,
    partition: number,
    isolation: Isolation = 'read_committed',
  ): Promise<PartitionOffsets> {
    const [starts, ends] = await Promise.all([
      this.#offsetsAt(topic, [partition], 'TRIM_HORIZON', isolation),
      this.#offsetsAt(topic, [partition], 'LATEST', isolation),
    ])
    return { partition, start: starts.get(partition)!, end: ends.get(partition)! }
  }

  /** Returns one past the last visible offset. */
  async partitionEnd(topic: string, partition: number, isolation: Isolation): Promise<number> {
    const ends = await this.#offsetsAt(topic, [partition], 'LATEST', isolation)
    return ends.get(partition)!
  }

  /** Returns the first offset at or after a time in ms since 1970, or undefined if there is none. */
  async offsetAtTime(topic: string, partition: number, timeMs: number): Promise<number | undefined> {
    const request = (led: readonly number[]) => listOffsetsRequest(topic, led, timeMs, 'read_committed')
    const work = () => this.#cluster.sendToLeaders(topic, [partition], request)
    const [offsets] = await this.#call(`Looking up an offset of ${topic}`, work, newLeaderMs)
    return offsets?.get(partition)
  }

  /** Returns all groups, sorted by id. */
  async listGroups(): Promise<readonly ListedGroup[]> {
    const found = await this.#call('Listing groups', () => this.#cluster.sendToAll(listGroupsRequest()))
    return found.flat().sort((a, b) => (a.groupId < b.groupId ? -1 : 1))
  }

  /** Returns the state "Dead" for a missing group. */
  async describeGroup(groupId: string): Promise<GroupDescription> {
    const doing = `Describing group ${groupId}`
    const send = <T>(request: Request<T>) =>
      this.#call(doing, () => this.#cluster.sendToCoordinator('group', groupId, request))
    const [{ state, members }, committed] = await Promise.all([
      send(describeGroupRequest(groupId)),
      send(offsetFetchRequest(groupId, null)),
    ])
    return {
      state,
      members: members.map(({ assignment, ...member }) => ({
        ...member,
        assigned: decodeAssignment(assignment),
      })),
      committed,
    }
  }

  /** @throws KAFKA_UNAVAILABLE, also while the group has members */
  async commitOffsets(groupId: string, offsets: OffsetsByTopic): Promise<void> {
    const request = offsetCommitRequest(noMember(groupId), offsets)
    await this.#call(`Committing offsets of group ${groupId}`, () =>
      this.#cluster.sendToCoordinator('group', groupId, request),
    )
  }

  /** @throws KAFKA_UNAVAILABLE, also if the group has members or does not exist */
  async deleteGroup(groupId: string): Promise<void> {
    await this.#call(`Deleting group ${groupId}`, () =>
      this.#cluster.sendToCoordinator('group', groupId, deleteGroupRequest(groupId)),
    )
  }

  /** Closes the cluster. Idempotent. */
  close(): void {
    this.#cluster.close()
  }

  async #findTopics(names: readonly string[]): Promise<readonly (TopicDescription | undefined)[]> {
    const doing = `Describing ${names.length === 1 ? 'topic' : 'topics'} ${names.join(', ')}`
    const { topics } = await this.#call(doing, () => this.#cluster.metadata(names))
    return names.map((name) => {
      const topic = topics.get(name)
      return topic === undefined ? undefined : descriptionOf(topic)
    })
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

  /** @param missingTopicMs limits the retries for a missing topic */
  async #call<T>(doing: string, work: () => Promise<T>, missingTopicMs = 0): Promise<T> {
    const shouldRetry = (error: unknown, elapsedMs: number) => {
      const isMissing = isProtocolError(error, 'UNKNOWN_TOPIC_OR_PARTITION')
      return isRetriable(error) && elapsedMs < (isMissing ? missingTopicMs : this.#timeoutMs)
    }
    try {
      return await retry(work, { ...backoff, shouldRetry })
    } catch (error) {
      throw kafkaError(error, doing)
    }
  }
}

function descriptionOf({ name, id, partitions }: TopicMetadata): TopicDescription {
  return {
    name,
    id,
    partitions: partitions.map(({ leader, replicas, inSync }, partition) => ({
      partition,
      leader: leader === noLeader ? undefined : leader,
      replicas,
      inSync,
    })),
  }
}
