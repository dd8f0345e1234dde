import { type Access, AccessRefused } from './access.ts'
import { type Address, parseAddress } from './address.ts'
import { BrokerConnection } from './broker-connection.ts'
import { type Request, topicMetadata } from './requests.ts'

/** In the place of a node: nobody leads the partition now. */
export const noLeader = -1

/** Why a broker could not be connected to, and until when it is left alone. */
type Trouble = { readonly error: Error; readonly until: number; readonly pauseMs: number }

/**
 * A broker that can't be connected to is left alone for a while, twice as long each time. With tokens as MSK wants it, which
 * takes some 20 connections a broker and second (its developer guide, page `limits`).
 */
const pausesMs = { token: { first: 1_000, longest: 5_000 }, other: { first: 20, longest: 1_000 } } as const

/** The brokers of one cluster, by one connection each, opened when it is needed. */
export class Brokers {
  readonly #bootstrap: readonly Address[]
  readonly #access: Access
  readonly #connections = new Map<string, Promise<BrokerConnection>>()
  readonly #troubles = new Map<string, Trouble>()
  #nodes: ReadonlyMap<number, Address> = new Map()
  #isClosed = false

  /** @param bootstrap `host:port` of some */
  constructor(bootstrap: readonly string[], access: Access) {
    // Containers that start together begin at different brokers.
    const first = Math.floor(Math.random() * bootstrap.length)
    this.#bootstrap = [...bootstrap.slice(first), ...bootstrap.slice(0, first)].map(parseAddress)
    this.#access = access
  }

  /**
   * The node that leads each partition of a topic, by number, or `noLeader`. Empty: there is no such topic.
   * @throws as `askAny`
   */
  async leaders(topic: string): Promise<readonly number[]> {
    const { nodes, leaders } = await this.askAny(topicMetadata(topic))
    this.#nodes = nodes
    return leaders
  }

  /** Asks a node that `leaders` named. @throws ProtocolError, AccessRefused, or why there is no answer */
  async ask<T>(node: number, request: Request<T>): Promise<T> {
    const address = this.#nodes.get(node)
    if (address === undefined) throw new Error(`Broker ${node} is not there`)
    return this.askAt(address, request)
  }

  /** Asks whoever is there. @throws as `ask` */
  async askAt<T>(address: Address, { api, body, read }: Request<T>): Promise<T> {
    const connection = await this.#connectionTo(address)
    return read(await connection.ask(api, body))
  }

  /** The first answer that any broker gives. @throws as `ask`, of the last one asked */
  async askAny<T>(request: Request<T>): Promise<T> {
    let failure: unknown
    const known = [...this.#bootstrap, ...this.#nodes.values()].map((each) => [nameOf(each), each] as const)
    for (const address of new Map(known).values()) {
      try {
        return await this.askAt(address, request)
      } catch (error) {
        failure = error
        if (error instanceof AccessRefused) break
      }
    }
    throw failure
  }

  /** What was asked fails, and so does what will be. Idempotent. */
  close(): void {
    this.#isClosed = true
    for (const opening of this.#connections.values()) closeWhenOpen(opening)
    this.#connections.clear()
  }

  async #connectionTo(address: Address): Promise<BrokerConnection> {
    if (this.#isClosed) throw new Error('The connections to the cluster were closed')
    const name = nameOf(address)
    const opening = this.#connections.get(name) ?? this.#open(name, address)
    this.#connections.set(name, opening)
    try {
      const connection = await opening
      if (connection.isUsable) return connection
      connection.close()
    } catch (error) {
      if (this.#connections.get(name) === opening) this.#connections.delete(name)
      throw error
    }
    if (this.#connections.get(name) === opening) this.#connections.delete(name)
    return this.#connectionTo(address)
  }

  /** While a broker is left alone, what went wrong goes on being the answer. */
  async #open(name: string, address: Address): Promise<BrokerConnection> {
    const trouble = this.#troubles.get(name)
    if (trouble !== undefined && Date.now() < trouble.until) throw trouble.error
    try {
      const connection = await BrokerConnection.open(address, this.#access)
      this.#troubles.delete(name)
      return connection
    } catch (error) {
      const { first, longest } = pausesMs[this.#access.sasl?.mechanism === 'OAUTHBEARER' ? 'token' : 'other']
      const pauseMs = Math.min(2 * (trouble?.pauseMs ?? first / 2), longest)
      this.#troubles.set(name, { error: error as Error, until: Date.now() + pauseMs, pauseMs })
      throw error
    }
  }
}

function nameOf({ host, port }: Address): string {
  return `${host}:${port}`
}

function closeWhenOpen(opening: Promise<BrokerConnection>): void {
  // Whoever asked hears why it could not be opened.
  opening.then((connection) => connection.close()).catch(() => undefined)
}
