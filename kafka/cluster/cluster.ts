import { setTimeout as delay } from 'node:timers/promises'
import { AccessError, type AccessSource, fixedAccess } from '../access/access.ts'
import { type Address, addressText, parseAddress } from '../protocol/address.ts'
import { type CoordinatorKind, findCoordinatorRequest } from '../protocol/coordinator.ts'
import { errorCodes, isProtocolError, ProtocolError } from '../protocol/errors.ts'
import { groupBy } from '../protocol/group-by.ts'
import { type Metadata, metadataRequest, noLeader, type TopicMetadata } from '../protocol/metadata.ts'
import type { Request } from '../protocol/request.ts'
import { Connection } from './connection.ts'
import { ClientClosedError, ConnectionError } from './connection-error.ts'

export type ClusterOptions = {
  /** Bootstrap addresses, `host:port`. */
  readonly brokers: readonly string[]
  readonly access?: AccessSource
  /** Names this client in the brokers' logs and quotas. */
  readonly clientId?: string
}

/** Each lane has its own connections, so a long poll does not delay other requests. */
const main = 'main'

type ConnectedBroker = { readonly address: Address; readonly connection: Connection }
type BackOff = { readonly error: Error; readonly since: number; readonly pauseMs: number }

/** Back-off is longer with tokens: MSK with IAM limits new connections (Amazon MSK developer guide, page `limits`). */
const backoffMs = { token: { first: 1_000, max: 5_000 }, other: { first: 20, max: 1_000 } } as const
const connectTimeoutMs = 5_000
/** Delay before the next broker is tried in parallel. */
const staggerMs = 300
/** Response timeout. It doubles after each timeout until a broker responds. */
const silenceMs = { first: 2_000, max: 16_000 } as const

/**
 * Manages connections to the brokers and caches topic metadata. Only `sendToAny` sends a request again.
 * It is safe in frozen processes: nothing runs in the background, and idle connections are probed.
 */
export class Cluster {
  readonly #bootstrap: readonly Address[]
  readonly #access: AccessSource
  readonly #clientId: string
  readonly #connections = new Map<string, Promise<Connection>>()
  readonly #connected = new Set<string>()
  readonly #backOffs = new Map<string, BackOff>()
  readonly #topics = new Map<string, TopicMetadata>()
  readonly #coordinators = new Map<string, Address>()
  #nodes: ReadonlyMap<number, Address> = new Map()
  #silenceMs: number = silenceMs.first
  #controller = -1
  #lastUsed: string | undefined
  #perhapsStale: string | undefined
  #usesTokens = false
  readonly #closing = new AbortController()

  constructor({ brokers, access = fixedAccess(), clientId = 'kafka' }: ClusterOptions) {
    // Spreads containers that start together over the brokers.
    const first = Math.floor(Math.random() * brokers.length)
    this.#bootstrap = [...brokers.slice(first), ...brokers.slice(0, first)].map(parseAddress)
    this.#access = access
    this.#clientId = clientId
  }

  /** @throws ProtocolError without permission, and as `sendToAny` */
  async metadata(topics: readonly string[] | 'all'): Promise<Metadata> {
    const metadata = await this.sendToAny(metadataRequest(topics))
    this.#nodes = metadata.nodes
    this.#controller = metadata.controller
    for (const name of topics === 'all' ? this.#topics.keys() : topics) this.#topics.delete(name)
    for (const [name, topic] of metadata.topics) this.#topics.set(name, topic)
    return metadata
  }

  /** @throws UNKNOWN_TOPIC_OR_PARTITION, and as `metadata` */
  async cachedTopic(name: string): Promise<TopicMetadata> {
    const topic = this.#topics.get(name) ?? (await this.metadata([name])).topics.get(name)
    if (topic === undefined) throw new ProtocolError(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, `topic ${name}`)
    return topic
  }

  /** The next look-up uses another broker. */
  forgetTopic(name: string): void {
    this.#topics.delete(name)
    this.#perhapsStale = this.#lastUsed
  }

  /** Returns the node id of the leader. @throws LEADER_NOT_AVAILABLE, and as `cachedTopic` */
  async leaderOf(topic: string, partition: number): Promise<number> {
    const found = (await this.cachedTopic(topic)).partitions[partition]
    const about = `${topic}[${partition}]`
    if (found === undefined) throw new ProtocolError(errorCodes.UNKNOWN_TOPIC_OR_PARTITION, about)
    if (found.leader === noLeader || !this.#nodes.has(found.leader)) {
      this.forgetTopic(topic)
      throw new ProtocolError(errorCodes.LEADER_NOT_AVAILABLE, about)
    }
    return found.leader
  }

  /** Forgets the topic's metadata after a failure. @throws as `leaderOf` and `sendTo` */
  async sendToLeaders<T>(
    topic: string,
    partitions: readonly number[],
    request: (led: readonly number[]) => Request<T>,
  ): Promise<readonly T[]> {
    try {
      const leaders = await Promise.all(
        partitions.map(async (partition) => [partition, await this.leaderOf(topic, partition)] as const),
      )
      const byLeader = groupBy(leaders, ([, leader]) => leader)
      return await Promise.all(
        [...byLeader].map(([leader, led]) =>
          this.sendTo(leader, request(led.map(([partition]) => partition))),
        ),
      )
    } catch (error) {
      this.forgetTopic(topic)
      throw error
    }
  }

  /** @throws ProtocolError, ConnectionError, AccessError, UnsupportedBrokerError */
  async sendTo<T>(node: number, request: Request<T>, lane: string = main): Promise<T> {
    const address = this.#nodes.get(node)
    if (address === undefined) {
      throw new ConnectionError(`broker ${node} cannot be reached`, 'it is no longer part of the cluster')
    }
    return this.#sendOn(await this.#connectionTo(address, lane), request)
  }

  /** @throws as `sendTo` if any broker fails */
  async sendToAll<T>(request: Request<T>): Promise<readonly T[]> {
    const { nodes } = await this.metadata([])
    return Promise.all([...nodes.keys()].map((node) => this.sendTo(node, request)))
  }

  /**
   * Before KRaft, only the controller creates and deletes topics.
   * @throws NOT_CONTROLLER if the controller has moved, and as `sendTo`
   */
  async sendToController<T>(request: Request<T>): Promise<T> {
    await this.metadata([])
    return this.#nodes.has(this.#controller)
      ? this.sendTo(this.#controller, request)
      : this.sendToAny(request)
  }

  /** After a failure, the next call looks up the coordinator again. @throws as `sendTo` */
  async sendToCoordinator<T>(
    kind: CoordinatorKind,
    key: string,
    request: Request<T>,
    lane: string = main,
  ): Promise<T> {
    const id = `${kind} ${key}`
    try {
      const known = this.#coordinators.get(id)
      const address = known ?? (await this.sendToAny(findCoordinatorRequest(kind, key)))
      this.#coordinators.set(id, address)
      return await this.#sendOn(await this.#connectionTo(address, lane), request)
    } catch (error) {
      const mayHaveMoved = !(error instanceof ProtocolError) || error.isRetriable
      if (mayHaveMoved && !isProtocolError(error, 'CONCURRENT_TRANSACTIONS')) {
        this.#coordinators.delete(id)
        this.#perhapsStale = this.#lastUsed
      }
      throw error
    }
  }

  /** Tries all brokers, connected ones first. @throws as `sendTo` if the last broker fails */
  async sendToAny<T>(request: Request<T>, lane: string = main): Promise<T> {
    let candidates = this.#candidates(lane)
    for (;;) {
      const { address, connection } = await this.#firstConnected(candidates, lane)
      this.#lastUsed = addressText(address)
      try {
        return await this.#sendOn(connection, request)
      } catch (error) {
        candidates = candidates.filter((other) => other !== address)
        const tryOthers = error instanceof ConnectionError || isProtocolError(error, 'BROKER_NOT_AVAILABLE')
        if (!tryOthers || candidates.length === 0) throw error
      }
    }
  }

  /** Fails pending and later requests. Idempotent. */
  close(): void {
    this.#closing.abort()
    this.#forEachConnection((connection) => connection.close())
    this.#connections.clear()
  }

  /** Connected brokers come first, bootstrap addresses last. */
  #candidates(lane: string): readonly Address[] {
    const all = new Map(
      [...this.#nodes.values(), ...this.#bootstrap].map((each) => [addressText(each), each]),
    )
    const isStale = (address: Address) => addressText(address) === this.#perhapsStale
    const isConnected = (address: Address) => this.#connected.has(connectionKey(lane, address))
    const rank = (address: Address) => 2 * Number(isStale(address)) - Number(isConnected(address))
    return [...all.values()].sort((a, b) => rank(a) - rank(b))
  }

  /** Returns the first broker that connects. Starts the next attempt after `staggerMs` or a failure. */
  async #firstConnected(candidates: readonly Address[], lane: string): Promise<ConnectedBroker> {
    const attempts: Promise<ConnectedBroker>[] = []
    for (const [i, address] of candidates.entries()) {
      attempts.push(this.#connectionTo(address, lane).then((connection) => ({ address, connection })))
      const isLast = i === candidates.length - 1
      const first = Promise.any(attempts)
      try {
        const connected = isLast
          ? await first
          : await Promise.race([first, delay(staggerMs, undefined, { ref: false })])
        if (connected !== undefined) return connected
      } catch (error) {
        const { errors } = error as AggregateError
        const rejection = errors.find((each) => each instanceof AccessError)
        if (isLast || rejection !== undefined) throw rejection ?? errors.at(-1)
      }
    }
    throw new ConnectionError('the cluster cannot be reached', 'BROKERS is empty')
  }

  async #sendOn<T>(connection: Connection, request: Request<T>): Promise<T> {
    try {
      const response = await connection.send(request, this.#silenceMs)
      this.#silenceMs = silenceMs.first
      return response
    } catch (error) {
      if (error instanceof ConnectionError && error.wasSent) {
        this.#silenceMs = Math.min(2 * this.#silenceMs, silenceMs.max)
        this.#forEachConnection((each) => each.suspect())
      }
      throw error
    }
  }

  #forEachConnection(act: (connection: Connection) => unknown): void {
    for (const opening of this.#connections.values()) opening.then(act).catch(() => undefined)
  }

  async #connectionTo(address: Address, lane: string): Promise<Connection> {
    const key = connectionKey(lane, address)
    for (;;) {
      if (this.#closing.signal.aborted) {
        throw new ClientClosedError(`the broker at ${addressText(address)} cannot be reached`)
      }
      const opening = this.#connections.get(key) ?? this.#open(address)
      this.#connections.set(key, opening)
      const forget = () => {
        if (this.#connections.get(key) !== opening) return
        this.#connections.delete(key)
        this.#connected.delete(key)
      }
      try {
        const connection = await opening
        this.#connected.add(key)
        // Probes in parallel, so several dead connections cost one timeout.
        if (connection.isQuiet) this.#forEachConnection((each) => each.isAlive())
        if (await connection.isAlive()) return connection
        forget()
        connection.retire()
      } catch (error) {
        forget()
        throw error
      }
    }
  }

  /** During back-off, rethrows the last error. */
  async #open(address: Address): Promise<Connection> {
    const name = addressText(address)
    const backOff = this.#backOffs.get(name)
    // Ends if the clock is set back.
    if (backOff && Math.abs(Date.now() - backOff.since) < backOff.pauseMs) throw backOff.error
    try {
      const connection = await this.#connect(address)
      this.#backOffs.delete(name)
      if (this.#closing.signal.aborted) connection.close()
      return connection
    } catch (error) {
      const { first, max } = backoffMs[this.#usesTokens ? 'token' : 'other']
      const pauseMs = Math.min(2 * (backOff?.pauseMs ?? first / 2), max)
      this.#backOffs.set(name, { error: error as Error, since: Date.now(), pauseMs })
      throw error
    }
  }

  /** Retries once, because rejected credentials may have been rotated. */
  async #connect(address: Address): Promise<Connection> {
    const open = async () => {
      const access = await this.#access.get()
      this.#usesTokens = access.sasl?.mechanism === 'OAUTHBEARER'
      return Connection.open(address, access, {
        clientId: this.#clientId,
        timeoutMs: connectTimeoutMs,
        signal: this.#closing.signal,
      })
    }
    try {
      return await open()
    } catch (error) {
      if (!(error instanceof AccessError) || !this.#access.refresh()) throw error
      return await open()
    }
  }
}

function connectionKey(lane: string, address: Address): string {
  return `${lane} ${addressText(address)}`
}
