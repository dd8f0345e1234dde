import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { after } from 'node:test'

/** The fault of a connection after this many bytes from the server: it is closed, or becomes silent. */
export type ConnectionFault = { readonly afterBytes: number; readonly how: 'cut' | 'silent' }

/** A proxy in front of a server that injects network faults. */
export class TcpProxy {
  /** Faults of the next connections; undefined for a connection without a fault. */
  readonly faults: ConnectionFault[] = []
  /** Awaited before the fault of a connection. */
  onFault: () => Promise<void> = async () => {}
  /** Rate of data from the server, in bytes per second and connection. */
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

  /** Closes every open connection. */
  cutAll(): void {
    for (const [client, server] of this.#pairs) {
      reset(client)
      reset(server)
    }
  }

  /** Stops all data on open connections without closing them, as after a long freeze. */
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
      if (fault.how === 'cut') reset(client)
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

/**
 * Node.js never closes a socket that is reset during its shutdown, and then cannot exit (libuv's `uv_tcp_close_reset`
 * fails with EINVAL).
 */
function reset(socket: Socket): void {
  if (socket.writableEnded) socket.destroy()
  else socket.resetAndDestroy()
}

function silence(client: Socket, server: Socket): void {
  client.unpipe(server)
  client.resume()
  server.removeAllListeners('data')
  server.resume()
}
