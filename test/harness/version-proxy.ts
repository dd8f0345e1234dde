import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

/** The newest version of each request, by its key. */
export type NewestVersions = Readonly<Record<number, number>>

const sizeBytes = 4
const apiVersionsKey = 18

/** A proxy in front of a broker that lowers the newest versions in responses to ApiVersions. */
export class VersionProxy {
  /** Requests in a version that the proxy does not offer, such as "key 3 version 12". */
  readonly violations: string[] = []
  readonly #newest: NewestVersions
  readonly #sockets = new Set<Socket>()
  readonly #server = createServer((client) => this.#accept(client))
  #target = 0

  constructor(newest: NewestVersions) {
    this.#newest = newest
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
    const server = connect(this.#target, '127.0.0.1')
    const asked = new Set<number>()
    let isLimited = false
    forEachFrame(client, server, (frame) => {
      const [key, version] = [frame.readInt16BE(sizeBytes), frame.readInt16BE(sizeBytes + 2)]
      // The broker itself also connects to its advertised address, with newer versions and other requests.
      if (key === apiVersionsKey && version === 0) {
        asked.add(frame.readInt32BE(sizeBytes + 4))
        isLimited = true
      }
      if (isLimited && version > (this.#newest[key] ?? version))
        this.violations.push(`key ${key} version ${version}`)
    })
    forEachFrame(server, client, (frame) => {
      if (asked.delete(frame.readInt32BE(sizeBytes))) this.#limit(frame)
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

/** Forwards complete requests or responses, after a call of `look` with each. */
function forEachFrame(from: Socket, to: Socket, look: (frame: Buffer) => void): void {
  let received = Buffer.alloc(0)
  from.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk])
    while (received.length >= sizeBytes && received.length >= sizeBytes + received.readInt32BE()) {
      const end = sizeBytes + received.readInt32BE()
      const frame = received.subarray(0, end)
      look(frame)
      to.write(frame)
      received = received.subarray(end)
    }
  })
}
