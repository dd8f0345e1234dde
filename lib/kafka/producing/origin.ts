import type { AppError } from '../../errors.ts'

/** Somebody who offers records: what his records meet, he is told, and nobody else. */
export class Origin {
  #unsettled = 0
  #failure: AppError | undefined
  #waiting: (() => void)[] = []
  readonly #failedIn = new Map<number, number>()

  /** How many of his records have failed, by partition. */
  get failedIn(): ReadonlyMap<number, number> {
    return this.#failedIn
  }

  /** The first failure that was not taken. */
  get failure(): AppError | undefined {
    return this.#failure
  }

  takeFailure(): AppError | undefined {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  /** Resolves when each of his records is acknowledged or has failed. */
  settled(): Promise<void> {
    if (this.#unsettled === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Some of his records, one after the other, are on their way: `acknowledged` or `failed` ends that. */
  underWay(): void {
    this.#unsettled++
  }

  acknowledged(): void {
    if (--this.#unsettled > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  failed(partition: number, records: number, failure: AppError): void {
    this.#failure ??= failure
    this.#failedIn.set(partition, (this.#failedIn.get(partition) ?? 0) + records)
    this.acknowledged()
  }
}
