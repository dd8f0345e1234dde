import { messageOf } from '../../lib/errors.ts'
import type { InvocationOutcome } from '../containers/outcome.ts'
import { describeDelivery } from './describe-delivery.ts'
import type { EventDelivery } from './event-queue.ts'
import type { AbandonedDelivery } from './failure-folder.ts'

/**
 * Defaults of Lambda (developer guide, page `invocation-async-error-handling`), except that Lambda retries after 1 and
 * 2 minutes.
 */
export const asyncDefaults = {
  maximumRetryAttempts: 2,
  maximumEventAgeMs: 6 * 3_600_000,
  retryDelaysMs: [1_000, 5_000],
  concurrency: 4,
} as const

export type AsyncFunctionOptions = {
  readonly functionKey: string
  readonly maximumRetryAttempts: number
  readonly maximumEventAgeMs: number
  /** The last delay applies to all later retries. */
  readonly retryDelaysMs: readonly number[]
  /** As in Lambda, 0 sends every event to the on-failure destination. */
  readonly concurrency: number
  readonly invoke: (payload: string, requestId: string) => Promise<InvocationOutcome>
  /** Writes a record to the on-failure destination, and returns its path. */
  readonly writeFailure: (delivery: EventDelivery, abandoned: AbandonedDelivery) => Promise<string>
  readonly settled: (delivery: EventDelivery) => void
  readonly log: (line: string) => void
}

type EventAttempt = { readonly delivery: EventDelivery; readonly number: number }

/** Invokes one function asynchronously. As in Lambda, retries can reorder the events of one object. */
export class AsyncFunction {
  readonly #options: AsyncFunctionOptions
  readonly #ready: EventAttempt[] = []
  readonly #timers = new Set<NodeJS.Timeout>()
  readonly #running = new Set<Promise<void>>()
  #closed = false

  constructor(options: AsyncFunctionOptions) {
    this.#options = options
  }

  enqueue(delivery: EventDelivery): void {
    this.#start({ delivery, number: 1 })
  }

  /** Waits for running invocations. Idempotent. */
  async close(): Promise<void> {
    this.stopRetrying()
    await Promise.all(this.#running)
  }

  /** Keeps failing events, because stopping the containers may have caused the failure. */
  stopRetrying(): void {
    this.#closed = true
    for (const timer of this.#timers) clearTimeout(timer)
  }

  #start(attempt: EventAttempt): void {
    this.#ready.push(attempt)
    this.#fill()
  }

  #fill(): void {
    const places = Math.max(1, this.#options.concurrency)
    while (!this.#closed && this.#running.size < places) {
      const attempt = this.#ready.shift()
      if (!attempt) return
      const run = this.#attempt(attempt)
        .catch((error: unknown) =>
          this.#options.log(`${this.#describe(attempt.delivery)}: ${messageOf(error)}`),
        )
        .finally(() => {
          this.#running.delete(run)
          this.#fill()
        })
      this.#running.add(run)
    }
  }

  /** @throws if the on-failure destination is not writable. The event then stays queued until the next start */
  async #attempt({ delivery, number }: EventAttempt): Promise<void> {
    const { concurrency, maximumEventAgeMs, maximumRetryAttempts, invoke } = this.#options
    const abandon = (abandoned: AbandonedDelivery) => this.#abandon(delivery, abandoned)
    if (concurrency === 0) return abandon({ condition: 'ZeroReservedConcurrency', attempts: 0 })
    const startedAt = Date.now()
    if (startedAt - delivery.acceptedAtMs > maximumEventAgeMs) {
      return abandon({ condition: 'EventAgeExceeded', attempts: number - 1 })
    }
    const outcome = await invoke(JSON.stringify(delivery.event), delivery.id)
    if (outcome.ok) {
      this.#options.log(`${this.#describe(delivery)} ok ${Date.now() - startedAt} ms`)
      return this.#options.settled(delivery)
    }
    if (this.#closed) return
    const again = number <= maximumRetryAttempts ? this.#delayBefore(number + 1) : undefined
    this.#options.log(
      `${this.#describe(delivery)} failed: ${outcome.errorType}: ${outcome.errorMessage}${again === undefined ? '' : `; retry in ${again / 1000} s`}`,
    )
    if (again === undefined)
      return abandon({ condition: 'RetriesExhausted', attempts: number, failure: outcome })
    this.#later({ delivery, number: number + 1 }, again)
  }

  #delayBefore(attempt: number): number {
    const { retryDelaysMs } = this.#options
    return retryDelaysMs[Math.min(attempt - 2, retryDelaysMs.length - 1)] ?? 0
  }

  #later(attempt: EventAttempt, delayMs: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      this.#start(attempt)
    }, delayMs)
    this.#timers.add(timer)
  }

  async #abandon(delivery: EventDelivery, abandoned: AbandonedDelivery): Promise<void> {
    const file = await this.#options.writeFailure(delivery, abandoned)
    this.#options.log(
      `${this.#describe(delivery)} discarded after ${abandoned.attempts} attempts; its record is ${file}`,
    )
    this.#options.settled(delivery)
  }

  #describe(delivery: EventDelivery): string {
    return `${this.#options.functionKey} ← ${describeDelivery(delivery)}`
  }
}
