import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after } from 'node:test'

/** What happens to a connection once this many bytes came from the server: it is cut, or falls silent. */
export type Fault = { readonly afterBytes: number; readonly how: 'cut' | 'silent' }

/** A network that fails as it is told to, in front of a server. */
export class TcpProxy {
  /** The next connections' faults; without one a connection is fine. */
  readonly faults: Fault[] = []
  /** Called, and waited for, before a connection suffers its fault. */
  onFault: () => Promise<void> = async () => {}
  /** How fast everything comes from the server, in bytes per second and connection. */
  rate = Number.POSITIVE_INFINITY
  connections = 0
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  readonly #server = createServer((client) => this.#accept(client))
  #target = 0

  async listen(port = 0): Promise<number> {
    this.#server.listen(port, '127.0.0.1')
    await once(this.#server, 'listening')
    after(() => {
      this.cutAll()
      this.#server.close()
    })
    return (this.#server.address() as AddressInfo).port
  }

  leadTo(port: number): void {
    this.#target = port
  }

  /** Ends every connection there is. */
  cutAll(): void {
    for (const [client, server] of this.#pairs) {
      client.resetAndDestroy()
      server.resetAndDestroy()
    }
  }

  /** From now on nothing passes on any connection there is, and nobody is told, as after a long freeze. */
  silenceAll(): void {
    for (const [client, server] of this.#pairs) silence(client, server)
  }

  #accept(client: Socket): void {
    this.connections++
    const fault = this.faults.shift()
    const server = connect(this.#target, '127.0.0.1')
    const pair = [client, server] as const
    this.#pairs.add(pair)
    client.pipe(server)
    let bytes = 0
    server.on('data', async (chunk: Buffer) => {
      bytes += chunk.length
      if (fault === undefined || bytes < fault.afterBytes) {
        const hasRoom = client.write(chunk)
        if (this.rate < Number.POSITIVE_INFINITY) {
          server.pause()
          setTimeout(() => server.resume(), (chunk.length / this.rate) * 1_000)
        } else if (!hasRoom) {
          server.pause()
          client.once('drain', () => server.resume())
        }
        return
      }
      server.pause()
      server.removeAllListeners('data')
      await this.onFault()
      if (fault.how === 'cut') client.resetAndDestroy()
      else silence(client, server)
    })
    const end = () => {
      this.#pairs.delete(pair)
      client.destroy()
      server.destroy()
    }
    for (const socket of pair) socket.on('error', () => {}).on('close', end)
  }
}

function silence(client: Socket, server: Socket): void {
  client.unpipe(server)
  client.resume()
  server.removeAllListeners('data')
  server.resume()
}
