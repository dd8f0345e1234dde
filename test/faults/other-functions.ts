/** Warm containers of `ingest` and of the counts' API, beside the containers of `count` of a schedule. */
import { WarmContainer } from '../harness/warm-container.ts'

/** Its lines are those of another producer, so they are counted and belong to no edition. */
const book = 'written by a warm container'

export class OtherFunctions {
  readonly #container: WarmContainer
  #lines = 0

  constructor(environment: Readonly<Record<string, string>>) {
    this.#container = new WarmContainer(environment)
  }

  /** Writes two lines, and reads the counts. @throws with the message of the function that fails */
  async use(): Promise<void> {
    const lines = [`line ${++this.#lines}`, `line ${++this.#lines}`]
    await this.#container.invoke({ function: 'ingest', book, lines })
    await this.#container.invoke({ function: 'counts' })
  }

  suspend(): void {
    this.#container.suspend()
  }

  resume(): void {
    this.#container.resume()
  }

  close(): void {
    this.#container.close()
  }
}
