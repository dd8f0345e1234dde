import type { ServerResponse } from 'node:http'

export class OpenResponses {
  readonly #responses = new Set<ServerResponse>()
  #whenNone: () => void = () => undefined

  add(response: ServerResponse): void {
    this.#responses.add(response)
    response.once('close', () => {
      this.#responses.delete(response)
      if (this.#responses.size === 0) this.#whenNone()
    })
  }

  whenNone(run: () => void): void {
    this.#whenNone = run
    if (this.#responses.size === 0) run()
  }
}
