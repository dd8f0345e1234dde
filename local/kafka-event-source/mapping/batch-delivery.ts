import { randomUUID } from 'node:crypto'
import { messageOf } from '../../../lib/errors.ts'
import type { InvocationOutcome } from '../../containers/outcome.ts'
import type { EventBatch } from '../batch/batch.ts'
import { BatchProgress, type BatchResult, type RetryPolicy } from '../batch/batch-progress.ts'
import { sleep } from '../batch/clock.ts'
import type { DiscardCondition, DiscardedRecords } from '../batch/discarded-records.ts'
import { resultOf } from '../batch/item-failures.ts'
import type { Committer } from './committer.ts'
import type { InvokedFunction } from './invoked-function.ts'
import type { MappingDeps } from './mapping-deps.ts'
import type { MappingStatus } from './mapping-status.ts'

export type BatchDeliveryDeps = Pick<MappingDeps, 'clock' | 'maxBackoffMs' | 'sendOnFailure'> & {
  readonly uuid: string
  readonly policy: RetryPolicy & { readonly reportBatchItemFailures: boolean }
  readonly invoked: Pick<InvokedFunction, 'invoke'>
  readonly committer: Pick<Committer, 'commit'>
  readonly status: Pick<MappingStatus, 'counters' | 'batchEnded' | 'logRecords'>
}

type InvocationAttempt = {
  readonly outcome: InvocationOutcome
  readonly result: BatchResult
  readonly tookMs: number
}

const destinationAttempts = 5
const maxQuoted = 200
/** AWS does not document its retry delays. */
const firstBackoffMs = 200

/** Invokes the function until every record of a batch has succeeded or was discarded, and commits its offsets. */
export class BatchDelivery {
  readonly #deps: BatchDeliveryDeps

  constructor(deps: BatchDeliveryDeps) {
    this.#deps = deps
  }

  /** Resolves when the batch is done or, after an abort, when its running invocation has ended. Never rejects. */
  async deliver(batch: EventBatch, signal: AbortSignal): Promise<void> {
    const { clock, committer, maxBackoffMs, policy } = this.#deps
    const now = () => clock.now()
    const progress = new BatchProgress(batch, policy)
    let outcome: InvocationOutcome | undefined
    let notInvoked = 0
    for (let step = progress.next(now()); step.type !== 'done'; step = progress.next(now())) {
      if (step.type === 'discard') {
        if (!(await this.#sendOrDrop({ batch, ...step, outcome }, signal))) return
        progress.discarded(step.indexes)
        committer.commit(progress.committable())
      } else {
        const attempt = await this.#invoke(batch, step.indexes)
        outcome = attempt.outcome
        // AWS does not count throttles and service errors as attempts (page `kafka-retry-configurations`).
        const isNotInvoked = !outcome.ok && outcome.kind === 'not-invoked'
        notInvoked = isNotInvoked ? notInvoked + 1 : 0
        const isRetried =
          isNotInvoked || (progress.invoked(attempt.result) && progress.next(now()).type === 'invoke')
        const delayMs = backoffMs(isNotInvoked ? notInvoked : step.attempt, maxBackoffMs)
        const retry = isRetried ? `retry in ${delayMs} ms` : 'no retries left'
        const whatNext = signal.aborted
          ? 'the partitions are revoked, so the records are delivered again later'
          : retry
        this.#report(batch, step, attempt, whatNext)
        committer.commit(progress.committable())
        if (isRetried) await sleep(clock, delayMs, signal)
      }
      if (signal.aborted) return
    }
  }

  /** Discards a batch without an invocation. Never rejects. */
  async discard(batch: EventBatch, condition: DiscardCondition, signal: AbortSignal): Promise<void> {
    const discarded = { batch, indexes: batch.indexes(), condition, attempts: 0, outcome: undefined }
    if (!(await this.#sendOrDrop(discarded, signal))) return
    this.#deps.committer.commit(new Map(batch.parts.map(({ partition, next }) => [partition, next])))
  }

  async #invoke(batch: EventBatch, indexes: readonly number[]): Promise<InvocationAttempt> {
    const { invoked, policy, status, uuid } = this.#deps
    status.counters.InvokedEventCount += indexes.length
    const started = performance.now()
    const outcome = await invoked.invoke(batch.packed(indexes), {
      requestId: randomUUID(),
      stickyKey: `${uuid}/${batch.partOf(indexes[0]!).partition}`,
    })
    const tookMs = Math.round(performance.now() - started)
    if (!outcome.ok) return { outcome, result: 'failure', tookMs }
    const result = policy.reportBatchItemFailures ? resultOf(batch, indexes, outcome.payload) : 'success'
    return { outcome, result, tookMs }
  }

  #report(
    batch: EventBatch,
    { indexes, attempt }: { readonly indexes: readonly number[]; readonly attempt: number },
    { outcome, result, tookMs }: InvocationAttempt,
    whatNext: string,
  ): void {
    const { status } = this.#deps
    const records = describeRecords(batch, indexes)
    status.batchEnded(result === 'success')
    if (result === 'success') {
      status.logRecords(`${records} ok ${tookMs} ms`)
      return
    }
    const { counters } = status
    counters.FailedInvokeEventCount += result === 'failure' ? indexes.length : result.failed.size
    if (!outcome.ok) counters.InvokeErrorCount++
    const why = whyFailed(outcome, result)
    status.logRecords(`${records} failed ${tookMs} ms, attempt ${attempt}: ${why}; ${whatNext}`)
  }

  /** Sends the records to the destination or drops them. @returns false after an abort */
  async #sendOrDrop(discarded: DiscardedRecords, signal: AbortSignal): Promise<boolean> {
    const { batch, indexes, condition } = discarded
    const { clock, maxBackoffMs, sendOnFailure, status } = this.#deps
    const { counters } = status
    const records = describeRecords(batch, indexes)
    const drop = (why: string) => {
      counters.DroppedEventCount += indexes.length
      status.logRecords(`${records} dropped: ${why}`)
      return true
    }
    if (sendOnFailure === undefined) return drop(condition)
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await sendOnFailure(discarded)
        counters.OnFailureDestinationDeliveredEventCount += indexes.length
        status.logRecords(`${records} sent to the on-failure destination: ${condition}`)
        return true
      } catch (error) {
        counters.OnFailureDestinationDeliveryErrorCount++
        status.logRecords(
          `${records} not sent to the on-failure destination, attempt ${attempt}: ${messageOf(error)}`,
        )
        if (attempt === destinationAttempts) {
          return drop(`${condition}; sending to the on-failure destination failed ${attempt} times`)
        }
        await sleep(clock, backoffMs(attempt, maxBackoffMs), signal)
      }
    }
    return false
  }
}

function whyFailed(outcome: InvocationOutcome, result: Exclude<BatchResult, 'success'>): string {
  if (!outcome.ok) return `${outcome.errorType}: ${outcome.errorMessage}`
  const { payload } = outcome
  const quoted = payload.length > maxQuoted ? `${payload.slice(0, maxQuoted)}…` : payload
  return result === 'failure'
    ? `the response is not valid, or reports a record that is not in this batch: ${quoted}`
    : `the response reports ${result.failed.size} failed records`
}

/** The delay is exponential with full jitter. */
function backoffMs(attempt: number, maxMs: number): number {
  return Math.ceil(Math.random() * Math.min(maxMs, firstBackoffMs * 2 ** (attempt - 1)))
}

/** Returns offset ranges by partition and the number of records: `me.books[0] 1..5, [2] 140..239 (105)`. */
function describeRecords(batch: EventBatch, indexes: readonly number[]): string {
  const described = batch.rangesOf(indexes).map(({ partition, first, last }) => {
    const end = first === last ? '' : `..${batch.offsetOf(last)}`
    return `[${partition}] ${batch.offsetOf(first)}${end}`
  })
  return `${batch.topic}${described.join(', ')} (${indexes.length})`
}
