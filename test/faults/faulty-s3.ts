/** Runs a real S3 server behind a relay that makes reads of objects fail, as Amazon S3 does under high load. */
import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { pipeline } from 'node:stream'
import type { S3Server } from '../../local/bucket/s3-server.ts'
import { freePort } from '../../local/programs/ports.ts'
import { startOwnS3Server } from '../harness/bucket.ts'
import { temporaryFolder } from '../harness/names.ts'

/** `throttled`: most reads return SlowDown. `broken`: bodies are cut off after some bytes. */
export type S3Fault = 'throttled' | 'broken'

const slowDown = '<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>'
/** More than a socket buffers, less than a book. */
const bytesBeforeBreak = 200_000

export class FaultyS3 {
  /** The fault of subsequent reads. */
  fault: S3Fault | undefined
  failedReads = 0
  readonly #port: number
  readonly #dataDir: string
  readonly #relay: Server
  #server: S3Server
  #reads = 0

  private constructor(port: number, dataDir: string, server: S3Server) {
    this.#port = port
    this.#dataDir = dataDir
    this.#server = server
    this.#relay = createServer((request, response) => this.#serve(request, response))
  }

  static async start(): Promise<FaultyS3> {
    const port = await freePort()
    const dataDir = join(temporaryFolder(), 'bucket')
    const s3 = new FaultyS3(port, dataDir, await startOwnS3Server({ port, dataDir }))
    await once(s3.#relay.listen(0, '127.0.0.1').unref(), 'listening')
    return s3
  }

  get endpoint(): string {
    return `http://127.0.0.1:${(this.#relay.address() as AddressInfo).port}`
  }

  /** Same as `kill -9`; keeps the data. */
  async kill(): Promise<void> {
    await this.#server.kill()
  }

  async restart(): Promise<void> {
    this.#server = await startOwnS3Server({ port: this.#port, dataDir: this.#dataDir })
  }

  async stop(): Promise<void> {
    this.#relay.close()
    this.#relay.closeAllConnections()
    await this.#server.stop()
  }

  #serve(incoming: IncomingMessage, response: ServerResponse): void {
    const fault = isObjectRead(incoming) ? this.fault : undefined
    if (fault === 'throttled' && this.#reads++ % 4 !== 0) {
      this.failedReads++
      incoming.resume()
      response.writeHead(503, { 'Content-Type': 'application/xml' })
      response.end(incoming.method === 'HEAD' ? undefined : slowDown)
      return
    }
    const { method, url, rawHeaders } = incoming
    const outgoing = request(
      { port: this.#port, method, path: url, headers: rawHeaders, setHost: false },
      (fromServer) => {
        response.writeHead(fromServer.statusCode!, fromServer.rawHeaders)
        if (fault === 'broken') this.#breakOff(fromServer, response)
        else pipeline(fromServer, response, () => undefined)
      },
    )
    // A lost connection on one side closes the other.
    outgoing.on('error', () => response.destroy())
    pipeline(incoming, outgoing, () => undefined)
  }

  #breakOff(fromServer: IncomingMessage, response: ServerResponse): void {
    let bytes = 0
    fromServer.on('data', (chunk: Buffer) => {
      bytes += chunk.length
      response.write(chunk)
      if (bytes < bytesBeforeBreak) return
      this.failedReads++
      fromServer.destroy()
      response.destroy()
    })
    fromServer.on('end', () => response.end())
    fromServer.on('error', () => response.destroy())
  }
}

function isObjectRead({ method = '', url = '' }: IncomingMessage): boolean {
  return ['GET', 'HEAD'].includes(method) && /^\/[^/?]+\/[^?]/.test(url)
}
