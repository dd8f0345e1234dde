/** A TCP relay in front of a server, to make it unreachable, or to lose connections, while it runs on. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net'

/** `refuse`: nobody listens. `swallow`: connections open, and nothing comes through. */
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

  /** Listens on `port`, or on any. */
  static async start(targetPort: number, port = 0): Promise<Relay> {
    const relay = new Relay(targetPort)
    relay.#server.listen(port, '127.0.0.1').unref()
    await once(relay.#server, 'listening')
    return relay
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Connections that are open lose their peer, or go silent, with the mode. */
  set mode(mode: RelayMode) {
    this.#mode = mode
    if (mode === 'refuse') this.drop()
    for (const pair of this.#pairs) for (const socket of pair) this.#apply(socket)
  }

  /** Every connection of now is lost; new ones may be made. */
  drop(): void {
    for (const pair of this.#pairs) for (const socket of pair) socket.destroy()
  }

  /** Nothing passes on any connection of now, and neither side is told, as after a long freeze; new ones may be made. */
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
    // What is lost here is what a relay is for; each side sees its own connection end.
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
