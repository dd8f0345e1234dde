import { type API, type Broker, type Connection, ConnectionPool, metadataV11 } from '@platformatic/kafka'
import { parseAddress } from '../../../lib/kafka/wire/address.ts'
import type { ClusterAccess } from './connection-options.ts'
import { protocolErrorOf } from './errors.ts'

/** Brokers answer the requests of one connection in turn, so a long poll has one of its own. */
export type Lane = 'group' | 'fetch-1' | 'fetch-2'

export type TopicPartitionMetadata = { readonly leader: number; readonly leaderEpoch: number }

export type Metadata = {
  readonly brokers: ReadonlyMap<number, Broker>
  /** Another one when a topic of this name was deleted and made again. */
  readonly topicId: string
  /** By partition number; undefined when the cluster has no such topic. */
  readonly partitions: readonly TopicPartitionMetadata[] | undefined
}

export type MetadataOfTopics = {
  readonly brokers: ReadonlyMap<number, Broker>
  readonly topics: ReadonlyMap<string, readonly TopicPartitionMetadata[]>
  readonly topicIds: ReadonlyMap<string, string>
}

const connectTimeoutMs = 5_000
const requestTimeoutMs = 30_000
const unknownTopic = 3

/**
 * Connections to the brokers of one cluster, and requests on them. The wire (framing, TLS, SASL, message formats) is
 * @platformatic/kafka's; what is asked and when is decided by its callers here. One version of each request is used,
 * the oldest with the fields we need, which Kafka 3.0 to 4.x all answer.
 */
export class Cluster {
  readonly #bootstrap: Broker[]
  readonly #lanes: Readonly<Record<Lane, ConnectionPool>>
  #closed = false

  /** A join to a group is answered when all its members have joined; what else is asked, within 30 s. */
  constructor(clientId: string, access: ClusterAccess, joinTimeoutMs: number) {
    this.#bootstrap = access.brokers.map(parseAddress)
    const lane = (requestTimeout: number) => {
      const pool = new ConnectionPool(clientId, {
        connectTimeout: connectTimeoutMs,
        requestTimeout,
        ...(access.sasl && { sasl: access.sasl }),
        ...(access.tls && { tls: access.tls }),
      })
      // A connection may fail more than once; the pool listens for the first time only, and a second would end us.
      pool.on('connecting', ({ connection }) => connection.on('error', () => undefined))
      return pool
    }
    this.#lanes = {
      group: lane(joinTimeoutMs),
      'fetch-1': lane(requestTimeoutMs),
      'fetch-2': lane(requestTimeoutMs),
    }
  }

  /** Sends a request to this broker, or to any of the bootstrap brokers. @throws the client's errors (see errors.ts) */
  async request<Args extends unknown[], Response>(
    broker: Broker | 'any',
    api: API<Args, Response>,
    args: Args,
    lane: Lane = 'group',
  ): Promise<Response> {
    if (this.#closed) throw new Error('The connections to the cluster are closed.')
    const pool = this.#lanes[lane]
    const connection =
      broker === 'any' ? await pool.getFirstAvailable([...this.#bootstrap]) : await pool.get(broker)
    try {
      return await api.async(connection, ...args)
    } catch (error) {
      if (isTimeout(error)) await discard(connection)
      // An address may take connections and have nobody behind it: the next one is asked next.
      if (broker === 'any' && protocolErrorOf(error) === undefined)
        this.#bootstrap.push(this.#bootstrap.shift()!)
      throw error
    }
  }

  /** A partition without a leader has leader -1. @throws for a topic that may not be read */
  async metadata(topic: string, lane: Lane = 'fetch-2'): Promise<Metadata> {
    const { brokers, topics, topicIds } = await this.metadataOf([topic], lane)
    return { brokers, topicId: topicIds.get(topic) ?? '', partitions: topics.get(topic) }
  }

  /** Of several topics, or of `all` there are; a topic that is not there is absent. @throws as `metadata` */
  async metadataOf(topics: readonly string[] | 'all', lane: Lane = 'fetch-2'): Promise<MetadataOfTopics> {
    const args: [string[] | null, boolean, boolean] = [topics === 'all' ? null : [...topics], false, false]
    const answer = await this.request('any', metadataV11.api, args, lane).catch(metadataInError)
    const found = answer.topics.filter(({ errorCode }) => errorCode !== unknownTopic)
    return {
      brokers: byNode(answer.brokers),
      topics: new Map(found.map(({ name, partitions }) => [name ?? '', byPartition(partitions)])),
      topicIds: new Map(found.map(({ name, topicId }) => [name ?? '', topicId])),
    }
  }

  /** Idempotent; what is still asked fails. */
  async close(): Promise<void> {
    this.#closed = true
    await Promise.all(Object.values(this.#lanes).map((pool) => pool.close()))
  }
}

/** A late answer to a request given up on would be taken for the next one's: such a connection is not used again. */
async function discard(connection: Connection): Promise<void> {
  await connection.close()
}

function isTimeout(error: unknown): boolean {
  return error instanceof Error && error.constructor.name === 'TimeoutError'
}

/** The client throws an answer in which one partition has no leader; the rest of it is still good. */
function metadataInError(error: unknown): metadataV11.MetadataResponse {
  const { response } = error as { response?: metadataV11.MetadataResponse }
  const codes = response?.topics.map(({ errorCode }) => errorCode)
  if (response !== undefined && codes?.every((code) => code === 0 || code === unknownTopic)) return response
  throw error
}

function byPartition(described: readonly metadataV11.MetadataResponsePartition[]): TopicPartitionMetadata[] {
  const partitions: TopicPartitionMetadata[] = []
  for (const { partitionIndex, leaderId, leaderEpoch } of described) {
    partitions[partitionIndex] = { leader: leaderId, leaderEpoch }
  }
  return partitions
}

function byNode(brokers: readonly (Broker & { nodeId: number })[]): Map<number, Broker> {
  return new Map(brokers.map(({ nodeId, host, port }) => [nodeId, { host, port }]))
}
