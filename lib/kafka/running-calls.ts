import type { LibrdKafkaError } from '@confluentinc/kafka-javascript'
import type { AppError } from '../errors.ts'

export type Answer<T> = (error: LibrdKafkaError | null | undefined, result: T) => void

/** The calls in flight on one client of the native library, which itself goes on with them when it is refused. */
export class RunningCalls {
  readonly #ends = new Map<Promise<void>, (refusal: AppError) => void>()
  #refusal: AppError | undefined

  /** Resolves with the answer. @throws what the client answers, or why the cluster refuses it */
  run<T>(call: (answer: Answer<T>) => void): Promise<T> {
    if (this.#refusal !== undefined) return Promise.reject(this.#refusal)
    return new Promise((resolve, reject) => {
      const answered = new Promise<T>((resolve, reject) => {
        call((error, result) => (error ? reject(error) : resolve(result)))
      })
      const ended = answered.then(resolve, reject).finally(() => this.#ends.delete(ended))
      this.#ends.set(ended, reject)
    })
  }

  /** The cluster refuses the client: no call can succeed. */
  refuse(refusal: AppError): void {
    this.#refusal = refusal
    for (const reject of this.#ends.values()) reject(refusal)
  }

  /** Resolves when the client has answered all that it was asked, also what was refused meanwhile. */
  async ended(): Promise<void> {
    await Promise.all(this.#ends.keys())
  }
}
