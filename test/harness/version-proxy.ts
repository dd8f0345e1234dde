import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'
import {
  type ConnectionOptions,
  createServer as createTlsServer,
  type TlsOptions,
  connect as tlsConnect,
} from 'node:tls'

/** The newest version of each request, by its key. */
export type NewestVersions = Readonly<Record<number, number>>

/**
 * By key: Produce, Fetch, ListOffsets, Metadata, OffsetFetch, FindCoordinator, JoinGroup, CreateTopics, InitProducerId,
 * AddPartitionsToTxn. From Redpanda's request handlers (`src/v/kafka/server/handlers`).
 */
export const redpandaVersions: NewestVersions = {
  ...{ 0: 7, 1: 10, 2: 4, 3: 8, 9: 4, 10: 2, 11: 5, 19: 3, 22: 1, 24: 2 },
}

/** Of Apache Kafka 2.1, for all requests that this product sends. */
export const kafka21Versions: NewestVersions = {
  ...{ 0: 7, 1: 10, 2: 4, 3: 7, 8: 6, 9: 5, 10: 2, 11: 3, 12: 2, 13: 2, 14: 2, 15: 2 },
  ...{ 17: 1, 19: 3, 20: 3, 22: 1, 24: 1, 26: 1, 32: 2, 35: 1, 36: 0 },
}

/** `server`: TLS with clients. `broker`: TLS with the broker. */
export type ProxyTls = { readonly server: TlsOptions; readonly broker: ConnectionOptions }

const sizeBytes = 4
const apiVersionsKey = 18
const unsupportedVersion = 35

/**
 * A proxy in front of a listener of a broker that lowers the newest versions in responses to ApiVersions. Like a broker
 * that is older than the client, it supports version 0 of ApiVersions only (KIP-511).
 */
export class VersionProxy {
  /** Requests in a version that the proxy does not offer, such as "key 3 version 12". */
  readonly violations: string[] = []
  readonly #newest: NewestVersions
  readonly #tls: ProxyTls | undefined
  readonly #sockets = new Set<Socket>()
  readonly #server: Server
  #target = 0

  constructor(newest: NewestVersions, tls?: ProxyTls) {
    this.#newest = newest
    this.#tls = tls
    const accept = (client: Socket) => this.#accept(client)
    this.#server = tls === undefined ? createServer(accept) : createTlsServer(tls.server, accept)
  }

  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
    return (this.#server.address() as AddressInfo).port
  }

  leadTo(port: number): void {
    this.#target = port
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
  }

  #accept(client: Socket): void {
    const to = { port: this.#target, host: '127.0.0.1' }
    const server = this.#tls === undefined ? connect(to) : tlsConnect({ ...to, ...this.#tls.broker })
    const requested = new Set<number>()
    forEachFrame(client, (frame) => {
      const [key, version] = [frame.readInt16BE(sizeBytes), frame.readInt16BE(sizeBytes + 2)]
      const correlationId = frame.readInt32BE(sizeBytes + 4)
      if (key === apiVersionsKey && version > 0) {
        client.write(onlyVersion0(correlationId))
        return
      }
      if (key === apiVersionsKey) requested.add(correlationId)
      if (version > (this.#newest[key] ?? version)) this.violations.push(`key ${key} version ${version}`)
      server.write(frame)
    })
    forEachFrame(server, (frame) => {
      if (requested.delete(frame.readInt32BE(sizeBytes))) this.#limit(frame)
      client.write(frame)
    })
    for (const socket of [client, server]) {
      this.#sockets.add(socket)
      socket
        .on('error', () => undefined)
        .on('close', () => {
          this.#sockets.delete(socket)
          client.destroy()
          server.destroy()
        })
    }
  }

  /** A response to ApiVersions, version 0: an error code, and an array of keys with oldest and newest version. */
  #limit(frame: Buffer): void {
    const start = sizeBytes + 4 + 2
    for (let i = 0, at = start + 4; i < frame.readInt32BE(start); i++, at += 6) {
      const newest = this.#newest[frame.readInt16BE(at)]
      if (newest !== undefined) frame.writeInt16BE(Math.min(newest, frame.readInt16BE(at + 4)), at + 4)
    }
  }
}

/** The response, in version 0, of a broker to an ApiVersions request whose version it does not support. */
function onlyVersion0(correlationId: number): Buffer {
  const response = Buffer.alloc(sizeBytes + 4 + 2 + 4 + 6)
  response.writeInt32BE(response.length - sizeBytes)
  response.writeInt32BE(correlationId, 4)
  response.writeInt16BE(unsupportedVersion, 8)
  response.writeInt32BE(1, 10)
  response.writeInt16BE(apiVersionsKey, 14)
  return response
}

/** Calls `take` with each complete request or response. */
function forEachFrame(from: Socket, take: (frame: Buffer) => void): void {
  let received = Buffer.alloc(0)
  from.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    while (received.length >= sizeBytes && received.length >= sizeBytes + received.readInt32BE()) {
      const end = sizeBytes + received.readInt32BE()
      take(received.subarray(0, end))
      received = received.subarray(end)
    }
  })
}
