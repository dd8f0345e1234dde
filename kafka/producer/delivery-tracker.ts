import type { AppError } from '../../lib/errors.ts'

/** Tracks the delivery of one caller's records. */
export class DeliveryTracker {
  #pendingRuns = 0
  #failure: AppError | undefined
  #waiting: (() => void)[] = []
  readonly #failedByPartition = new Map<number, number>()

  get failedByPartition(): ReadonlyMap<number, number> {
    return this.#failedByPartition
  }

  /** The first failure since `takeFailure` was called. */
  get failure(): AppError | undefined {
    return this.#failure
  }

  takeFailure(): AppError | undefined {
    const failure = this.#failure
    this.#failure = undefined
    return failure
  }

  delivered(): Promise<void> {
    if (this.#pendingRuns === 0) return Promise.resolve()
    return new Promise((resolve) => this.#waiting.push(resolve))
  }

  /** Consecutive records are pending until `acknowledged` or `failed` is called. */
  runStarted(): void {
    this.#pendingRuns++
  }

  acknowledged(): void {
    if (--this.#pendingRuns > 0) return
    for (const resolve of this.#waiting.splice(0)) resolve()
  }

  failed(partition: number, records: number, failure: AppError): void {
    this.#failure ??= failure
    this.#failedByPartition.set(partition, (this.#failedByPartition.get(partition) ?? 0) + records)
    this.acknowledged()
  }
}
