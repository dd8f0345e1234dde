import { AppError, type ErrorCode } from '../../lib/errors.ts'
import type { LineProducer } from '../../lib/kafka/producer.ts'

const lostCodes: ReadonlySet<ErrorCode> = new Set(['KAFKA_UNAVAILABLE', 'KAFKA_REFUSED', 'TOPIC_MISSING'])

type Held = { readonly opening: Promise<LineProducer>; proven: boolean }

/**
 * One producer, opened when it is first needed and kept while the container is warm. Lambda freezes a container between
 * invocations, and its connections may be dead when it thaws; so work that fails with a producer which has worked
 * before is done once more with a new one. Work must therefore be harmless to repeat.
 */
export class WarmProducer {
  readonly #open: () => Promise<LineProducer>
  #held: Held | undefined

  constructor(open: () => Promise<LineProducer>) {
    this.#open = open
  }

  /** @throws what opening or the work throws */
  async use<T>(work: (producer: LineProducer) => Promise<T>): Promise<T> {
    for (;;) {
      this.#held ??= { opening: this.#open(), proven: false }
      const held = this.#held
      const { proven } = held
      try {
        const result = await work(await held.opening)
        held.proven = true
        return result
      } catch (error) {
        if (!(error instanceof AppError && lostCodes.has(error.code))) throw error
        await this.#drop(held)
        if (!proven) throw error
      }
    }
  }

  /** Resolves when nothing is in flight any more, whether it arrived or not. */
  async settle(): Promise<void> {
    const held = this.#held
    const producer = await held?.opening.catch(() => undefined)
    await producer?.flush().catch(() => this.#drop(held!))
  }

  /** Idempotent; the next use opens a new producer. */
  async close(): Promise<void> {
    if (this.#held !== undefined) await this.#drop(this.#held)
  }

  async #drop(held: Held): Promise<void> {
    if (this.#held === held) this.#held = undefined
    const producer = await held.opening.catch(() => undefined)
    await producer?.close()
  }
}
