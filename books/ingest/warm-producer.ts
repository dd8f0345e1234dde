import type { Producer } from '../../kafka/producer/producer.ts'
import { AppError, type ErrorCode } from '../../lib/errors.ts'

const lostCodes: ReadonlySet<ErrorCode> = new Set([
  'BROKER_UNSUPPORTED',
  'CONFIG_INVALID',
  'FENCED',
  'KAFKA_REFUSED',
  'KAFKA_UNAVAILABLE',
  'SECRET_UNAVAILABLE',
  'TOPIC_MISSING',
])

type PooledProducer = { readonly opening: Promise<Producer>; proven: boolean }

/** Keeps one producer until the topic is re-created. Repeats failed work once, so the work must be idempotent. */
export class WarmProducer {
  readonly #open: () => Promise<Producer>
  #held: PooledProducer | undefined

  constructor(open: () => Promise<Producer>) {
    this.#open = open
  }

  /** @throws errors of `open` and `work` */
  async use<T>(work: (producer: Producer) => Promise<T>): Promise<T> {
    for (;;) {
      this.#held ??= { opening: this.#open(), proven: false }
      const held = this.#held
      const { proven } = held
      try {
        const producer = await held.opening
        // While the response is awaited, the work can open its book.
        if (proven) producer.verifyTopic()
        const result = await work(producer)
        held.proven = true
        return result
      } catch (error) {
        if (!(error instanceof AppError && lostCodes.has(error.code))) throw error
        await this.#drop(held)
        if (!proven) throw error
      }
    }
  }

  /** Resolves when no record is in flight. */
  async settle(): Promise<void> {
    const producer = await this.#held?.opening.catch(() => undefined)
    await producer?.flush()
  }

  /** Idempotent. */
  async close(): Promise<void> {
    if (this.#held !== undefined) await this.#drop(this.#held)
  }

  async #drop(held: PooledProducer): Promise<void> {
    if (this.#held === held) this.#held = undefined
    const producer = await held.opening.catch(() => undefined)
    producer?.close()
    await producer?.flush()
  }
}
