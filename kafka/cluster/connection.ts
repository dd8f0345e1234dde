/** Responses arrive in the order of the requests (Kafka protocol guide, "Network"). */
import { setMaxListeners } from 'node:events'
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { connect as connectTls } from 'node:tls'
import type { Access, Tls } from '../access/access.ts'
import { authenticate } from '../access/sasl.ts'
import { type Address, addressText } from '../protocol/address.ts'
import { apiVersions } from '../protocol/api-versions.ts'
import { ProtocolError } from '../protocol/errors.ts'
import { ProtocolReader } from '../protocol/reader.ts'
import { isFlexible, newestCommonVersion, type Request, type VersionRange } from '../protocol/request.ts'
import { ProtocolWriter } from '../protocol/writer.ts'
import {
  ConnectionError,
  connectionError,
  ForeignProtocolError,
  listenerWithoutTls,
  securityAdvice,
} from './connection-error.ts'
import { UnsupportedBrokerError } from './unsupported-broker.ts'

type PendingRequest = {
  readonly correlationId: number
  readonly timeoutMs: number
  /** Milliseconds since 1970. */
  readonly sentAt: number
  /** @returns the throttle time in ms */
  respond(bytes: Buffer): number
  reject(error: Error): void
}

export type ConnectOptions = {
  readonly clientId: string
  /** Limits connecting, and each request of `open`. */
  readonly timeoutMs: number
  readonly signal?: AbortSignal
}

const sizeBytes = 4
const maxResponseBytes = 256 * 1024 * 1024
/** AWS's NAT gateways and load balancers drop idle connections after 350 s. */
const keepAliveMs = 60_000
/** After this idle time, a connection is replaced, because the network may have dropped it. */
const maxIdleMs = 60_000
/** After this idle time, a connection is probed before use: it may have been closed in a freeze. */
const probeAfterMs = 5_000
const probeTimeoutMs = 1_000
/** Share of a session's lifetime for which its connection is used (KIP-368). Java's client uses 85 to 95 %. */
const sessionShare = 0.9

export class Connection {
  readonly #socket: Socket
  readonly #name: string
  readonly #clientId: string
  readonly #pending: PendingRequest[] = []
  readonly #ended = new AbortController()
  #versions: ReadonlyMap<number, VersionRange> = new Map([[apiVersions.api.key, { min: 0, max: 0 }]])
  #chunks: Buffer[] = []
  #receivedBytes = 0
  #correlationId = 0
  #receivedAt = Date.now()
  #throttledUntil = 0
  #expiresAt = Number.POSITIVE_INFINITY
  #isRetired = false
  #isSuspect = false
  #probing: Promise<boolean> | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor(socket: Socket, name: string, clientId: string) {
    this.#socket = socket
    this.#name = name
    this.#clientId = clientId
    setMaxListeners(0, this.#ended.signal)
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#fail(connectionError(name, error, { socket, wasSent: true })))
    socket.on('close', () => this.#fail(this.#lost('the broker closed the connection')))
  }

  /**
   * Connects, negotiates versions (KIP-35) and authenticates.
   * @throws AccessError, ConnectionError, UnsupportedBrokerError
   */
  static async open(address: Address, access: Access, options: ConnectOptions): Promise<Connection> {
    const name = addressText(address)
    const socket = await openSocket(address, access.tls, options).catch(async (error: Error) => {
      if (access.tls === undefined || !isReset(error) || !(await isPlaintextListener(address, options)))
        throw error
      throw listenerWithoutTls(name, error)
    })
    const connection = new Connection(socket, name, options.clientId)
    const send = <T>(request: Request<T>) => connection.send(request, options.timeoutMs)
    const { signal } = options
    const close = () => connection.close()
    signal?.addEventListener('abort', close)
    try {
      connection.#versions = await send(apiVersions)
      if (access.sasl !== undefined) {
        const lifetimeMs = await authenticate(send, access.sasl)
        if (lifetimeMs > 0) connection.#expiresAt = Date.now() + lifetimeMs * sessionShare
      }
      return connection
    } catch (error) {
      connection.close()
      const what = `the broker at ${name} cannot be reached`
      if (error instanceof ProtocolError) throw new ConnectionError(what, error.message, { cause: error })
      if (signal?.aborted || !(error instanceof ConnectionError)) throw error
      if (error instanceof ForeignProtocolError) throw error.asAccessError(name)
      // Brokers drop connections whose first bytes do not fit the listener's protocol.
      const reason = `${error.reason}. ${securityAdvice(access.tls)}`
      throw new ConnectionError(what, reason, { cause: error })
    } finally {
      signal?.removeEventListener('abort', close)
    }
  }

  get isUsable(): boolean {
    if (this.#ended.signal.aborted || this.#isRetired || Date.now() >= this.#expiresAt) return false
    return this.#pending.length > 0 || Date.now() - this.#receivedAt < maxIdleMs
  }

  get isQuiet(): boolean {
    if (!this.isUsable || this.#pending.length > 0) return false
    return Date.now() - this.#receivedAt >= probeAfterMs || this.#isSuspect
  }

  /** Probes the connection if it is quiet. */
  isAlive(): Promise<boolean> {
    if (this.#probing !== undefined) return this.#probing
    if (!this.isQuiet) return Promise.resolve(this.isUsable)
    this.#probing = this.send(apiVersions, probeTimeoutMs)
      .then(
        () => true,
        () => false,
      )
      .finally(() => {
        this.#probing = undefined
      })
    return this.#probing
  }

  suspect(): void {
    this.#isSuspect = true
  }

  /**
   * @param timeoutMs response timeout, added to the request's `holdMs` and the broker's throttle time
   * @throws ConnectionError, ProtocolError, UnsupportedBrokerError
   */
  async send<T>(request: Request<T>, timeoutMs: number): Promise<T> {
    const { signal } = this.#ended
    while (Date.now() < this.#throttledUntil && !signal.aborted) {
      await delay(this.#throttledUntil - Date.now(), undefined, { signal }).catch(() => undefined)
    }
    const { api } = request
    const range = this.#versions.get(api.key)
    const version = newestCommonVersion(api, range)
    if (version === undefined) throw new UnsupportedBrokerError(this.#name, api, range)
    if (signal.aborted) throw this.#lost('it was closed before the request was sent', false)
    const flexible = isFlexible(api, version)
    const correlationId = this.#correlationId++
    const head = new ProtocolWriter()
      .int16(api.key)
      .int16(version)
      .int32(correlationId)
      .string(this.#clientId)
    if (flexible) head.int8(0) // the header's tagged fields
    const body = new ProtocolWriter(flexible)
    request.encode(body, version)
    return new Promise((resolve, reject) => {
      this.#pending.push({
        correlationId,
        timeoutMs: timeoutMs + (request.holdMs ?? 0),
        sentAt: Date.now(),
        reject,
        respond: (bytes) => {
          const reader = new ProtocolReader(bytes, flexible, sizeBytes)
          try {
            reader.tags() // the header's
            resolve(request.decode(reader, version))
          } catch (error) {
            reject(error instanceof RangeError ? this.#lost(`${api.name}: ${error.message}`) : error)
          }
          return reader.throttleTimeMs
        },
      })
      this.#write([...head.parts, ...body.parts])
      if (this.#pending.length === 1) this.#watch()
    })
  }

  /** Closes the connection after its pending requests. */
  retire(): void {
    this.#isRetired = true
    if (this.#pending.length === 0) this.close()
  }

  /** Fails pending requests. Idempotent. */
  close(): void {
    this.#fail(this.#lost('this client closed it'))
  }

  #write(parts: readonly Buffer[]): void {
    const size = Buffer.alloc(sizeBytes)
    size.writeInt32BE(parts.reduce((sum, { length }) => sum + length, 0))
    this.#socket.cork()
    this.#socket.write(size)
    for (const part of parts) this.#socket.write(part)
    this.#socket.uncork()
  }

  #receive(chunk: Buffer): void {
    this.#receivedAt = Date.now()
    this.#isSuspect = false
    this.#chunks.push(chunk)
    this.#receivedBytes += chunk.length
    for (let frame = this.#takeFrame(); frame !== undefined; frame = this.#takeFrame()) this.#respond(frame)
  }

  /** Returns undefined while the response is incomplete. */
  #takeFrame(): Buffer | undefined {
    if (this.#receivedBytes < sizeBytes || this.#ended.signal.aborted) return undefined
    if (this.#chunks[0]!.length < sizeBytes) this.#chunks = [Buffer.concat(this.#chunks)]
    const size = this.#chunks[0]!.readInt32BE()
    if (size < sizeBytes || size > maxResponseBytes) {
      this.#fail(new ForeignProtocolError(`the connection to ${this.#name} was lost`, this.#chunks[0]!))
      return undefined
    }
    const end = sizeBytes + size
    if (this.#receivedBytes < end) return undefined
    const received = this.#chunks.length === 1 ? this.#chunks[0]! : Buffer.concat(this.#chunks)
    this.#chunks = received.length === end ? [] : [received.subarray(end)]
    this.#receivedBytes -= end
    return received.subarray(sizeBytes, end)
  }

  #respond(frame: Buffer): void {
    const pending = this.#pending[0]
    if (pending?.correlationId !== frame.readInt32BE()) {
      this.#fail(this.#lost('the broker sent a response without a request'))
      return
    }
    this.#pending.shift()
    const throttleMs = pending.respond(frame)
    if (throttleMs > 0) this.#throttledUntil = Date.now() + throttleMs
    this.#watch()
    if (this.#isRetired && this.#pending.length === 0) this.close()
  }

  /** Closes the connection when no byte arrives within the first request's timeout. */
  #watch(isSecondCheck = false): void {
    clearTimeout(this.#timer)
    const [first] = this.#pending
    if (first === undefined) return
    const since = Math.max(first.sentAt, this.#receivedAt, this.#throttledUntil)
    const leftMs = since + first.timeoutMs - Date.now()
    if (leftMs > 0) {
      this.#timer = setTimeout(() => this.#watch(), leftMs)
    } else if (isSecondCheck) {
      this.#fail(this.#lost(`no response within ${first.timeoutMs / 1000} s`))
    } else {
      // After a freeze, timers run before socket reads, so a response may have arrived.
      setImmediate(() => this.#watch(true))
    }
  }

  #fail(reason: Error): void {
    if (this.#ended.signal.aborted) return
    this.#ended.abort()
    clearTimeout(this.#timer)
    this.#socket.destroy()
    for (const { reject } of this.#pending.splice(0)) reject(reason)
  }

  #lost(reason: string, wasSent = true): ConnectionError {
    return new ConnectionError(`the connection to ${this.#name} was lost`, reason, { wasSent })
  }
}

function isReset({ cause }: Error): boolean {
  return (cause as NodeJS.ErrnoException | undefined)?.code === 'ECONNRESET'
}

/** A listener without TLS closes the connection at a TLS handshake, but responds to a Kafka request. */
async function isPlaintextListener(address: Address, options: ConnectOptions): Promise<boolean> {
  try {
    const connection = await Connection.open(address, {}, options)
    connection.close()
    return true
  } catch {
    return false
  }
}

function openSocket(
  address: Address,
  tls: Tls | undefined,
  { timeoutMs, signal }: ConnectOptions,
): Promise<Socket> {
  const { host } = address
  const name = addressText(address)
  return new Promise((resolve, reject) => {
    const common = { ...address, noDelay: true, keepAlive: true, keepAliveInitialDelay: keepAliveMs }
    let socket: Socket
    try {
      socket =
        tls === undefined
          ? connectTcp(common)
          : connectTls({ ...common, ...tls, ...(isIP(host) === 0 && { servername: host }) })
    } catch (error) {
      // Invalid certificates and keys throw here.
      reject(connectionError(name, error as Error, { tls, wasSent: false }))
      return
    }
    const fail = (error: Error) => {
      signal?.removeEventListener('abort', onAbort)
      socket.destroy()
      reject(connectionError(name, error, { tls, socket, wasSent: false }))
    }
    const onClose = () => fail(Object.assign(new Error('closed'), { code: 'ECONNRESET' }))
    const onAbort = () => fail(new Error('this client is closed'))
    const onTimeout = () => fail(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' }))
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    socket.setTimeout(timeoutMs, onTimeout)
    socket.once('error', fail).once('close', onClose)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      signal?.removeEventListener('abort', onAbort)
      socket.setTimeout(0).off('timeout', onTimeout).off('error', fail).off('close', onClose)
      resolve(socket)
    })
  })
}
