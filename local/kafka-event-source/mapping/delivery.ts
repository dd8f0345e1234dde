import { randomUUID } from 'node:crypto'
import { performance } from 'node:perf_hooks'
import type { PackedEvent } from '../../../lambda/packed-event.ts'
import type { Outcome } from '../../containers/index.ts'
import { backoffMs } from '../batch/backoff.ts'
import type { Batch } from '../batch/batch.ts'
import { resultOf } from '../batch/item-failures.ts'
import { BatchProgress, type GiveUpCondition, type Result, type RetryPolicy } from '../batch/progress.ts'
import { type Clock, sleep } from './clock.ts'
import type { Counters } from './counters.ts'
import { describeRecords } from './describe.ts'

/** Records that will not be retried, and the outcome of their last attempt. */
export type GivenUp = {
  readonly batch: Batch
  readonly places: readonly number[]
  readonly condition: GiveUpCondition
  readonly attempts: number
  readonly outcome: Outcome | undefined
}

export type DeliveryDeps = {
  readonly label: string
  readonly clock: Clock
  readonly counters: Counters
  readonly longestBackoffMs: number
  readonly policy: () => RetryPolicy & { readonly reportBatchItemFailures: boolean }
  invoke(event: PackedEvent, requestId: string, partition: number): Promise<Outcome>
  /** @returns true after delivery to the on-failure destination, undefined without one. @throws when sending fails */
  sendOnFailure(givenUp: GivenUp): Promise<boolean | undefined>
  commit(offsets: ReadonlyMap<number, number>): void
  processed(result: string): void
  log(line: string): void
}

type Tried = { readonly outcome: Outcome; readonly result: Result; readonly tookMs: number }

/** Attempts to send to the destination before records are dropped. */
const destinationTries = 5

/** Invokes the function with a batch until every record has succeeded or was given up. */
export class Delivery {
  readonly #deps: DeliveryDeps

  constructor(deps: DeliveryDeps) {
    this.#deps = deps
  }

  /** Resolves when the batch is done or, after an abort, when its running invocation has ended. Never rejects. */
  async deliver(batch: Batch, aborted: AbortSignal): Promise<void> {
    const { clock, commit, policy } = this.#deps
    const progress = new BatchProgress(batch, policy())
    let outcome: Outcome | undefined
    let refusals = 0
    for (let step = progress.next(clock.now()); step.type !== 'done'; step = progress.next(clock.now())) {
      if (step.type === 'give-up') {
        if (!(await this.#giveUp({ batch, ...step, outcome }, aborted))) return
        progress.gaveUp(step.places)
        commit(progress.committable())
      } else {
        const tried = await this.#try(batch, step.places)
        outcome = tried.outcome
        // AWS counts neither throttles nor service errors as attempts (page `kafka-retry-configurations`).
        const isRefused = !outcome.ok && outcome.kind === 'not-invoked'
        refusals = isRefused ? refusals + 1 : 0
        const isRetried =
          isRefused || (progress.invoked(tried.result) && progress.next(clock.now()).type === 'invoke')
        const delayMs = backoffMs(isRefused ? refusals : step.attempt, this.#deps.longestBackoffMs)
        this.#report(batch, step, tried, isRetried ? `next in ${delayMs} ms` : 'no more tries')
        commit(progress.committable())
        if (isRetried) await sleep(clock, delayMs, aborted)
      }
      if (aborted.aborted) return
    }
  }

  /** Gives up a record without an invocation. */
  async discard(batch: Batch, condition: GiveUpCondition, aborted: AbortSignal): Promise<void> {
    const givenUp = { batch, places: batch.places(), condition, attempts: 0, outcome: undefined } as const
    if (!(await this.#giveUp(givenUp, aborted))) return
    this.#deps.commit(new Map(batch.parts.map(({ partition, next }) => [partition, next])))
  }

  async #try(batch: Batch, places: readonly number[]): Promise<Tried> {
    const { counters, invoke, policy } = this.#deps
    counters.InvokedEventCount += places.length
    const started = performance.now()
    const outcome = await invoke(batch.packed(places), randomUUID(), batch.partOf(places[0]!).partition)
    const tookMs = Math.round(performance.now() - started)
    if (!outcome.ok) return { outcome, result: 'failure', tookMs }
    const result = policy().reportBatchItemFailures ? resultOf(batch, places, outcome.payload) : 'success'
    return { outcome, result, tookMs }
  }

  #report(
    batch: Batch,
    { places, attempt }: { readonly places: readonly number[]; readonly attempt: number },
    { outcome, result, tookMs }: Tried,
    whatNow: string,
  ): void {
    const { counters, label, log, processed } = this.#deps
    const head = `${label} ← ${describeRecords(batch, places)}`
    if (result === 'success') {
      processed('OK')
      log(`${head} ok ${tookMs} ms`)
      return
    }
    counters.FailedInvokeEventCount += result === 'failure' ? places.length : result.failed.size
    if (!outcome.ok) counters.InvokeErrorCount++
    processed('PROBLEM: Function call failed')
    log(`${head} failed ${tookMs} ms, try ${attempt}: ${whyFailed(outcome, result)}; ${whatNow}`)
  }

  /** @returns true when the records count as done, false after an abort */
  async #giveUp(givenUp: GivenUp, aborted: AbortSignal): Promise<boolean> {
    const { batch, places, condition } = givenUp
    const { clock, counters, label, log, sendOnFailure } = this.#deps
    const what = `${label} ← ${describeRecords(batch, places)}`
    for (let attempt = 1; !aborted.aborted; attempt++) {
      try {
        const delivered = await sendOnFailure(givenUp)
        if (delivered === true) counters.OnFailureDestinationDeliveredEventCount += places.length
        else counters.DroppedEventCount += places.length
        log(`${what} ${delivered === true ? 'sent to the on-failure destination' : 'dropped'}: ${condition}`)
        return true
      } catch (error) {
        counters.OnFailureDestinationDeliveryErrorCount++
        const message = error instanceof Error ? error.message : String(error)
        log(`${what} not taken by the on-failure destination, try ${attempt}: ${message}`)
        if (attempt === destinationTries) {
          counters.DroppedEventCount += places.length
          log(`${what} dropped: ${condition}, and the on-failure destination does not take them`)
          return true
        }
        await sleep(clock, backoffMs(attempt, this.#deps.longestBackoffMs), aborted)
      }
    }
    return false
  }
}

function whyFailed(outcome: Outcome, result: Exclude<Result, 'success'>): string {
  if (!outcome.ok) return `${outcome.errorType}: ${outcome.errorMessage}`
  return result === 'failure'
    ? 'its response names a record that is not of this batch, or cannot be read'
    : `its response names ${result.failed.size} of the records`
}
