import type { Batch } from './batch.ts'

/**
 * State machine for the retries of a batch, without a clock or invocations. Retries in order until every record has
 * succeeded or was given up (pages `kafka-retry-configurations`, `kafka-on-failure-destination`). Callers do not report
 * throttles and service errors, because AWS does not count them as attempts.
 */
export type RetryPolicy = {
  /** Retries after the first attempt; -1: no limit. */
  readonly maximumRetryAttempts: number
  /** -1: no limit. */
  readonly maximumRecordAgeSeconds: number
  readonly bisectBatchOnFunctionError: boolean
}

/** AWS's codes. `RecordAgeExceeded` is from Kinesis; Kafka's pages have none. */
export type GiveUpCondition =
  | 'RetryAttemptsExhausted'
  | 'RecordAgeExceeded'
  | 'MaximumPayloadSizeExceeded'
  | 'SCHEMA_NOT_FOUND'
  | 'DESERIALIZATION_ERROR'

export type Step =
  | { readonly type: 'invoke'; readonly places: readonly number[]; readonly attempt: number }
  | {
      readonly type: 'give-up'
      readonly places: readonly number[]
      readonly attempts: number
      readonly condition: GiveUpCondition
    }
  | { readonly type: 'done' }

/** Result of an invocation: all records succeeded, none did, or all except `failed`. */
export type Result = 'success' | 'failure' | { readonly failed: ReadonlySet<number> }

type Chunk = { readonly places: readonly number[]; readonly attempts: number }

export class BatchProgress {
  readonly #batch: Batch
  readonly #policy: RetryPolicy
  /** Unfinished records, in order. The first chunk is in progress. */
  #chunks: Chunk[]

  constructor(batch: Batch, policy: RetryPolicy) {
    this.#batch = batch
    this.#policy = policy
    this.#chunks = [{ places: batch.places(), attempts: 0 }]
  }

  /** Returns the next step. Call again after `invoked` or `gaveUp`. */
  next(nowMs: number): Step {
    const [chunk] = this.#chunks
    if (chunk === undefined) return { type: 'done' }
    const { places, attempts } = chunk
    const expired = this.#expired(places, nowMs)
    if (expired.length > 0) {
      return { type: 'give-up', places: expired, attempts, condition: 'RecordAgeExceeded' }
    }
    const { maximumRetryAttempts } = this.#policy
    if (maximumRetryAttempts >= 0 && attempts > maximumRetryAttempts) {
      return { type: 'give-up', places, attempts, condition: 'RetryAttemptsExhausted' }
    }
    return { type: 'invoke', places, attempt: attempts + 1 }
  }

  /** @returns true when the next invocation is a retry, which must wait for the back-off */
  invoked(result: Result): boolean {
    const chunk = this.#chunks[0]!
    if (result === 'success') {
      this.#chunks.shift()
      return false
    }
    const places =
      result === 'failure' ? chunk.places : chunk.places.filter((place) => result.failed.has(place))
    const attempts = chunk.attempts + 1
    if (result === 'failure' && this.#policy.bisectBatchOnFunctionError && places.length > 1) {
      // A split is not a retry: both halves keep the attempt count from before this invocation.
      const middle = Math.ceil(places.length / 2)
      this.#chunks.splice(
        0,
        1,
        { places: places.slice(0, middle), attempts: chunk.attempts },
        { places: places.slice(middle), attempts: chunk.attempts },
      )
      return true
    }
    this.#chunks[0] = { places, attempts }
    return true
  }

  /** Removes records that were sent to the on-failure destination or dropped. */
  gaveUp(places: readonly number[]): void {
    const gone = new Set(places)
    this.#chunks = this.#chunks
      .map((chunk) => ({ ...chunk, places: chunk.places.filter((place) => !gone.has(place)) }))
      .filter((chunk) => chunk.places.length > 0)
  }

  /** Returns the highest offset of each partition below which all records are done. */
  committable(): Map<number, number> {
    const offsets = new Map(this.#batch.parts.map((part) => [part.partition, part.next]))
    for (const { places } of this.#chunks) {
      for (const place of places) {
        const { partition } = this.#batch.partOf(place)
        offsets.set(partition, Math.min(offsets.get(partition)!, this.#batch.offsetOf(place)))
      }
    }
    return offsets
  }

  #expired(places: readonly number[], nowMs: number): readonly number[] {
    const { maximumRecordAgeSeconds } = this.#policy
    if (maximumRecordAgeSeconds < 0) return []
    return places.filter((place) => {
      const timestamp = this.#batch.timestampOf(place)
      return timestamp >= 0 && nowMs - timestamp > maximumRecordAgeSeconds * 1_000
    })
  }
}
