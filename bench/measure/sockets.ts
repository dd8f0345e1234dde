import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

/** `opened` counts connections since the last `take`, by broker port. `open` counts currently open ones. */
export type Connections = { readonly opened: ReadonlyMap<number, number>; readonly open: number }

const clientSockets = 'net.client.socket'

export class ConnectionWatch {
  readonly #ports: ReadonlySet<number>
  #opened = new Map<number, number>()
  #open = 0

  constructor(ports: Iterable<number>) {
    this.#ports = new Set(ports)
    subscribe(clientSockets, this.#watch)
  }

  take(): Connections {
    const opened = this.#opened
    this.#opened = new Map()
    return { opened, open: this.#open }
  }

  stop(): void {
    unsubscribe(clientSockets, this.#watch)
  }

  readonly #watch = (message: unknown): void => {
    const { socket } = message as { readonly socket: Socket }
    socket.once('connect', () => {
      const port = socket.remotePort!
      if (!this.#ports.has(port)) return
      this.#opened.set(port, (this.#opened.get(port) ?? 0) + 1)
      this.#open++
      socket.once('close', () => this.#open--)
    })
  }
}
