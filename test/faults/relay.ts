/** A TCP relay that makes a running server unreachable or loses its connections. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** `refuse`: closed port. `swallow`: connections open, but no data passes. */
export type RelayMode = 'open' | 'refuse' | 'swallow'

export class Relay {
  readonly #server: Server
  readonly #targetPort: number
  readonly #pairs = new Set<readonly [Socket, Socket]>()
  readonly #silenced = new WeakSet<Socket>()
  #mode: RelayMode = 'open'

  private constructor(targetPort: number) {
    this.#targetPort = targetPort
    this.#server = createServer((socket) => this.#accept(socket))
  }

  /** Listens on `port`, or on any free port. */
  static async start(targetPort: number, port = 0): Promise<Relay> {
    const relay = new Relay(targetPort)
    relay.#server.listen(port, '127.0.0.1').unref()
    await once(relay.#server, 'listening')
    return relay
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Applies the mode to open connections too: they are closed or become silent. */
  set mode(mode: RelayMode) {
    this.#mode = mode
    if (mode === 'refuse') this.drop()
    for (const pair of this.#pairs) for (const socket of pair) this.#apply(socket)
  }

  /** Closes every open connection; new ones are accepted. */
  drop(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  /** Stops all data on open connections without closing them, as after a long freeze; new ones are accepted. */
  silence(): void {
    for (const pair of this.#pairs) {
      for (const socket of pair) {
        this.#silenced.add(socket)
        this.#apply(socket)
      }
    }
  }

  close(): void {
    this.#server.close()
    this.drop()
  }

  #accept(client: Socket): void {
    if (this.#mode === 'refuse') {
      client.destroy()
      return
    }
    const target = connect(this.#targetPort, '127.0.0.1')
    const pair = [client, target] as const
    this.#pairs.add(pair)
    this.#join(client, target, pair)
    this.#join(target, client, pair)
  }

  #join(from: Socket, to: Socket, pair: readonly [Socket, Socket]): void {
    from.setNoDelay(true).unref()
    from.on('data', (chunk) => {
      if (!to.write(chunk)) from.pause()
    })
    to.on('drain', () => this.#apply(from))
    from.on('end', () => to.end())
    // Lost data is intended here; each side notices the end of its own connection.
    from.on('error', () => to.destroy())
    from.on('close', () => {
      to.destroy()
      this.#pairs.delete(pair)
    })
    this.#apply(from)
  }

  #apply(socket: Socket): void {
    if (this.#mode === 'swallow' || this.#silenced.has(socket)) socket.pause()
    else socket.resume()
  }
}
