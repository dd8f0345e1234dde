/**
 * Consumer groups by the native client. Its admin calls on a group end the process with a segmentation fault when the
 * group's coordinator is not available or refuses the request, so each is made after a consumer's request for committed
 * offsets, which finds the coordinator and reports such errors.
 */
import Kafka, { type LibrdKafkaError, type TopicPartition } from '@confluentinc/kafka-javascript'
import { AppError } from '../../lib/errors.ts'
import { type AdminClient, openAdminClient } from '../../lib/kafka/admin-client.ts'
import { type Connection, callTimeoutMs, connect, openingNative } from '../../lib/kafka/client.ts'
import type { ClientConfig } from '../../lib/kafka/client-config.ts'
import { closeConsumer } from '../../lib/kafka/consumer.ts'
import { kafkaError } from '../../lib/kafka/kafka-error.ts'

export type Partition = { readonly topic: string; readonly partition: number }
export type CommittedOffset = Partition & { readonly offset: number }

/** Kafka's names for the states of a group, as its own tools print them. */
export type GroupState =
  | 'PreparingRebalance'
  | 'CompletingRebalance'
  | 'Stable'
  | 'Dead'
  | 'Empty'
  | 'Unknown'

export type GroupSummary = { readonly group: string; readonly state: GroupState }

export type Member = {
  readonly member: string
  readonly client: string
  readonly host: string
  readonly partitions: readonly Partition[]
}

/** A group that was never there is dead and has no members. */
export type Group = GroupSummary & { readonly members: readonly Member[] }

const states: readonly GroupState[] = [
  'Unknown',
  'PreparingRebalance',
  'CompletingRebalance',
  'Stable',
  'Dead',
  'Empty',
]

/** The client's declarations lack it. */
type Committing = {
  commitCb(
    offsets: readonly TopicPartition[],
    done: (error: LibrdKafkaError | null, none: undefined) => void,
  ): void
}

type Done<T> = (error: LibrdKafkaError | null | undefined, result: T) => void

export class Groups {
  readonly #connection: Connection
  readonly #timeoutMs: number
  #admin: Promise<AdminClient> | undefined

  /** @param timeoutMs of each call */
  constructor(connection: Connection, timeoutMs: number = callTimeoutMs) {
    this.#connection = connection
    this.#timeoutMs = timeoutMs
  }

  /** Sorted by name. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async list(): Promise<readonly GroupSummary[]> {
    const timeout = this.#timeoutMs
    const { groups } = await this.#ask<{ groups: Kafka.GroupOverview[] }>('Listing groups', (client, done) =>
      client.listGroups({ timeout }, done),
    )
    return groups
      .map(({ groupId, state }) => ({ group: groupId, state: stateOf(state) }))
      .sort((a, b) => (a.group < b.group ? -1 : 1))
  }

  /** @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async describe(
    group: string,
    of: readonly Partition[],
  ): Promise<Group & { readonly committed: readonly CommittedOffset[] }> {
    const timeout = this.#timeoutMs
    const committed = await this.committed(group, of)
    const { groups } = await this.#ask<Kafka.GroupDescriptions>(
      `Describing the group ${group}`,
      (client, done) => client.describeGroups([group], { timeout }, done),
    )
    const { state = Kafka.ConsumerGroupStates.UNKNOWN, members = [] } = groups[0] ?? {}
    return { group, state: stateOf(state), members: members.map(memberOf), committed }
  }

  /** Partitions without a committed offset are absent. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  committed(group: string, of: readonly Partition[]): Promise<readonly CommittedOffset[]> {
    return this.#asMember(group, async (consumer) => {
      // An empty list asks nobody.
      const asked = of.length > 0 ? of : [{ topic: group, partition: 0 }]
      const found = await answer<TopicPartition[]>(`Reading offsets of the group ${group}`, (done) =>
        consumer.committed([...asked], this.#timeoutMs, done),
      )
      return found.flatMap(({ topic, partition, ...rest }) => {
        const { offset } = rest as { offset?: number }
        return offset === undefined || offset < 0 ? [] : [{ topic, partition, offset }]
      })
    })
  }

  /** The group must have no members. @throws KAFKA_UNAVAILABLE, also when it has some; KAFKA_REFUSED */
  commit(group: string, offsets: readonly CommittedOffset[]): Promise<void> {
    return this.#asMember(group, async (consumer) => {
      await answer<undefined>(`Committing offsets of the group ${group}`, (done) =>
        (consumer as Kafka.KafkaConsumer & Committing).commitCb([...offsets], done),
      )
    })
  }

  /** @throws NOT_FOUND, USAGE when it has members, KAFKA_UNAVAILABLE, KAFKA_REFUSED */
  async delete(group: string, of: readonly Partition[]): Promise<void> {
    const { state, members } = await this.describe(group, of)
    if (state === 'Dead') throw noGroup(group)
    if (members.length > 0)
      throw new AppError('USAGE', `The group ${group} has members: end them before you delete it.`)
    const timeout = this.#timeoutMs
    const [result] = await this.#ask<Kafka.DeleteGroupsResult[]>(
      `Deleting the group ${group}`,
      (client, done) => client.deleteGroups([group], { timeout }, done),
    )
    if (result?.error) throw kafkaError(result.error as unknown as Error, `Deleting the group ${group}`)
  }

  /** Idempotent. */
  async close(): Promise<void> {
    const opened = this.#admin
    this.#admin = undefined
    const admin = await opened?.catch(() => undefined)
    if (admin === undefined) return
    await admin.calls.ended()
    admin.client.disconnect()
  }

  async #ask<T>(doing: string, call: (client: AdminClient['client'], done: Done<T>) => void): Promise<T> {
    this.#admin ??= openAdminClient(this.#connection)
    const { client, calls } = await this.#admin
    return calls
      .run<T>((done) => call(client, done))
      .catch((error: Error) => {
        throw kafkaError(error, doing)
      })
  }

  /** By a consumer that never joins. */
  #asMember<T>(group: string, work: (consumer: Kafka.KafkaConsumer) => Promise<T>): Promise<T> {
    return openingNative(this.#connection, async (config) => {
      const consumer = consumerOf(config, group)
      try {
        await connect(consumer, `Looking for the group ${group}`)
        return await work(consumer)
      } finally {
        await closeConsumer(consumer)
      }
    })
  }
}

export function noGroup(group: string): AppError {
  return new AppError('NOT_FOUND', `There is no group ${group}. "books groups list" shows the groups.`)
}

function consumerOf(config: ClientConfig, group: string): Kafka.KafkaConsumer {
  return new Kafka.KafkaConsumer(
    {
      ...config,
      'group.id': group,
      'enable.auto.commit': false,
      'enable.auto.offset.store': false,
    } as Kafka.ConsumerGlobalConfig,
    {},
  )
}

function answer<T>(doing: string, call: (done: Done<T>) => unknown): Promise<T> {
  return new Promise((resolve, reject) => {
    call((error, result) => {
      if (error) reject(kafkaError(error as unknown as Error, doing))
      else resolve(result)
    })
  })
}

function stateOf(state: Kafka.ConsumerGroupStates): GroupState {
  return states[state] ?? 'Unknown'
}

function memberOf({ memberId, clientId, clientHost, assignment }: Kafka.MemberDescription): Member {
  const partitions = (assignment?.topicPartitions ?? []).map(({ topic, partition }) => ({ topic, partition }))
  return { member: memberId, client: clientId, host: clientHost, partitions }
}
