import type { ServerResponse } from 'node:http'
import type { Socket } from 'node:net'

/** Node starts pipelined requests at once, but changes must take place in order (RFC 9112, section 9.3.2). */
export class ConnectionOrder {
  readonly #last = new WeakMap<Socket, Promise<void>>()

  /** Resolves after the responses to all earlier requests of the connection. */
  async turn(response: ServerResponse): Promise<void> {
    const { socket } = response.req
    const earlier = this.#last.get(socket)
    this.#last.set(socket, new Promise((resolve) => response.once('close', resolve)))
    await earlier
  }
}
