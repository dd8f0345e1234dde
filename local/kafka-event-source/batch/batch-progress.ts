import type { EventBatch } from './batch.ts'
import type { DiscardCondition } from './discarded-records.ts'

/** AWS's retry settings (pages `kafka-retry-configurations`, `kafka-on-failure-destination`). */
export type RetryPolicy = {
  /** Retries after the first attempt; -1: no limit. */
  readonly maximumRetryAttempts: number
  /** Older records are discarded; -1: no limit. */
  readonly maximumRecordAgeSeconds: number
  readonly bisectBatchOnFunctionError: boolean
}

export type DeliveryStep =
  | { readonly type: 'invoke'; readonly indexes: readonly number[]; readonly attempt: number }
  | {
      readonly type: 'discard'
      readonly indexes: readonly number[]
      readonly attempts: number
      readonly condition: DiscardCondition
    }
  | { readonly type: 'done' }

export type BatchResult = 'success' | 'failure' | { readonly failed: ReadonlySet<number> }

/**
 * Determines the next invocation or discard of a batch. Callers do not report throttles and service errors, because
 * AWS does not count them as attempts.
 */
export class BatchProgress {
  readonly #batch: EventBatch
  readonly #policy: RetryPolicy
  /** Records in delivery order; the first element is in progress. */
  #pending: { readonly indexes: readonly number[]; readonly attempts: number }[]

  constructor(batch: EventBatch, policy: RetryPolicy) {
    this.#batch = batch
    this.#policy = policy
    this.#pending = [{ indexes: batch.indexes(), attempts: 0 }]
  }

  /** Returns the next step. Report its result with `invoked` or `discarded`, then call this again. */
  next(nowMs: number): DeliveryStep {
    const [current] = this.#pending
    if (current === undefined) return { type: 'done' }
    const { indexes, attempts } = current
    const expired = this.#expired(indexes, nowMs)
    if (expired.length > 0) {
      return { type: 'discard', indexes: expired, attempts, condition: 'RecordAgeExceeded' }
    }
    const { maximumRetryAttempts } = this.#policy
    if (maximumRetryAttempts >= 0 && attempts > maximumRetryAttempts) {
      return { type: 'discard', indexes, attempts, condition: 'RetryAttemptsExhausted' }
    }
    return { type: 'invoke', indexes, attempt: attempts + 1 }
  }

  /** @returns true when some of the records are not done */
  invoked(result: BatchResult): boolean {
    const current = this.#pending[0]!
    if (result === 'success') {
      this.#pending.shift()
      return false
    }
    const indexes =
      result === 'failure' ? current.indexes : current.indexes.filter((index) => result.failed.has(index))
    const { attempts } = current
    if (result === 'failure' && this.#policy.bisectBatchOnFunctionError && indexes.length > 1) {
      // A split is not a retry: both halves keep the previous attempt count.
      const middle = Math.ceil(indexes.length / 2)
      const halves = [indexes.slice(0, middle), indexes.slice(middle)]
      this.#pending.splice(0, 1, ...halves.map((half) => ({ indexes: half, attempts })))
    } else this.#pending[0] = { indexes, attempts: attempts + 1 }
    return true
  }

  discarded(indexes: readonly number[]): void {
    const removed = new Set(indexes)
    this.#pending = this.#pending
      .map((pending) => ({ ...pending, indexes: pending.indexes.filter((index) => !removed.has(index)) }))
      .filter((pending) => pending.indexes.length > 0)
  }

  /** Returns, by partition, the offset below which all records are done. */
  committable(): Map<number, number> {
    const offsets = new Map(this.#batch.parts.map((part) => [part.partition, part.next]))
    for (const { indexes } of this.#pending) {
      for (const index of indexes) {
        const { partition } = this.#batch.partOf(index)
        offsets.set(partition, Math.min(offsets.get(partition)!, this.#batch.offsetOf(index)))
      }
    }
    return offsets
  }

  #expired(indexes: readonly number[], nowMs: number): readonly number[] {
    const { maximumRecordAgeSeconds } = this.#policy
    if (maximumRecordAgeSeconds < 0) return []
    return indexes.filter((index) => {
      const timestamp = this.#batch.timestampOf(index)
      return timestamp >= 0 && nowMs - timestamp > maximumRecordAgeSeconds * 1_000
    })
  }
}
