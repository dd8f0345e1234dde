/** One connection to a broker: requests go out in order, and are answered in that order (Kafka protocol, "Network"). */
import { connect as connectTcp, isIP, type Socket } from 'node:net'
import { connect as connectTls, type TLSSocket } from 'node:tls'
import { type Access, AccessRefused, type Tls } from './access.ts'
import type { Address } from './address.ts'
import { Answer } from './answer.ts'
import { RequestBody } from './request.ts'
import { proveIdentity } from './sasl.ts'

export type Api = { readonly key: number; readonly version: number }

type Pending = {
  readonly correlationId: number
  readonly timer: NodeJS.Timeout
  resolve(answer: Answer): void
  reject(error: Error): void
}

const clientId = 'book-counts'
const connectTimeoutMs = 10_000
/** Longer than a broker waits for its replicas (`produceTimeoutMs`). */
const answerTimeoutMs = 15_000
const sizeBytes = 4
const mostAnswerBytes = 100 * 1024 * 1024

export class BrokerConnection {
  readonly #socket: Socket
  readonly #name: string
  readonly #pending: Pending[] = []
  #received: Buffer = Buffer.alloc(0)
  #correlationId = 0
  #expiresAt = Number.POSITIVE_INFINITY
  #end: Error | undefined

  private constructor(socket: Socket, name: string) {
    this.#socket = socket
    this.#name = name
    socket.on('data', (chunk) => this.#receive(chunk))
    socket.on('error', (error) => this.#ended(reasonOf(socket, error)))
    socket.on('close', () => this.#ended(new Error(`${name} closed the connection`)))
  }

  /** @throws AccessRefused, or what keeps the broker from being reached */
  static async open({ host, port }: Address, { tls, sasl }: Access): Promise<BrokerConnection> {
    const name = `${host}:${port}`
    const connection = new BrokerConnection(await connect(host, port, tls), name)
    if (sasl === undefined) return connection
    try {
      const lifetimeMs = await proveIdentity((api, body) => connection.ask(api, body), sasl)
      if (lifetimeMs > 0) connection.#expiresAt = Date.now() + lifetimeMs
      return connection
    } catch (error) {
      connection.close()
      throw error
    }
  }

  /** Whether it is worth to ask here. */
  get isUsable(): boolean {
    return this.#end === undefined && Date.now() < this.#expiresAt
  }

  /** Resolves with the broker's answer. @throws AccessRefused, or why there is none: whether it was read is not known then */
  ask({ key, version }: Api, body: RequestBody): Promise<Answer> {
    return new Promise((resolve, reject) => {
      if (this.#end !== undefined) return reject(this.#end)
      const correlationId = this.#correlationId++
      const timer = setTimeout(() => {
        this.#ended(new Error(`${this.#name} did not answer within ${answerTimeoutMs / 1000} s`))
      }, answerTimeoutMs)
      this.#pending.push({ correlationId, timer, resolve, reject })
      const head = new RequestBody().int16(key).int16(version).int32(correlationId).text(clientId)
      this.#send([...head.parts, ...body.parts])
    })
  }

  /** What was asked fails. Idempotent. */
  close(): void {
    this.#ended(new Error(`The connection to ${this.#name} was closed`))
  }

  #send(parts: readonly Buffer[]): void {
    const size = Buffer.alloc(sizeBytes)
    size.writeInt32BE(parts.reduce((sum, { length }) => sum + length, 0))
    this.#socket.cork()
    this.#socket.write(size)
    for (const part of parts) this.#socket.write(part)
    this.#socket.uncork()
  }

  #receive(chunk: Buffer): void {
    this.#received = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk])
    while (this.#received.length >= sizeBytes) {
      const size = this.#received.readInt32BE()
      if (size < sizeBytes || size > mostAnswerBytes) {
        this.#ended(new Error(`${this.#name} does not speak Kafka's protocol; does it want TLS?`))
        return
      }
      const end = sizeBytes + size
      if (this.#received.length < end) return
      const answer = new Answer(this.#received.subarray(sizeBytes, end))
      this.#received = this.#received.subarray(end)
      this.#answered(answer.int32(), answer)
    }
  }

  #answered(correlationId: number, answer: Answer): void {
    const [asked] = this.#pending
    if (asked?.correlationId !== correlationId) {
      this.#ended(new Error(`${this.#name} answered what it was not asked`))
      return
    }
    this.#pending.shift()
    clearTimeout(asked.timer)
    asked.resolve(answer)
  }

  #ended(reason: Error): void {
    this.#end ??= reason
    this.#socket.destroy()
    for (const { timer, reject } of this.#pending.splice(0)) {
      clearTimeout(timer)
      reject(this.#end)
    }
  }
}

function connect(host: string, port: number, tls: Tls | undefined): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const common = { host, port, noDelay: true, keepAlive: true }
    const socket =
      tls === undefined
        ? connectTcp(common)
        : connectTls({ ...common, ...tls, ...(isIP(host) === 0 && { servername: host }) })
    const failed = (error: Error) => reject(reasonOf(socket, error))
    socket.setTimeout(connectTimeoutMs, () => {
      socket.destroy(new Error(`${host}:${port} can't be reached within ${connectTimeoutMs / 1000} s`))
    })
    socket.once('error', failed)
    socket.once(tls === undefined ? 'connect' : 'secureConnect', () => {
      socket.setTimeout(0)
      socket.off('error', failed)
      resolve(socket)
    })
  })
}

/** A certificate that one of the two sides does not trust is told by Node's verification, or by the other's TLS alert. */
function reasonOf(socket: Socket | TLSSocket, error: NodeJS.ErrnoException): Error {
  const isUntrusted = 'authorizationError' in socket && Boolean(socket.authorizationError)
  const isAlert = /^ERR_SSL_.*ALERT/.test(error.code ?? '')
  return isUntrusted || isAlert ? new AccessRefused(error.message, { cause: error }) : error
}
