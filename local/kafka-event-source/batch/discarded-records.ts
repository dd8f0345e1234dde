import type { InvocationOutcome } from '../../containers/outcome.ts'
import type { EventBatch } from './batch.ts'

/** AWS's codes (page `kafka-on-failure-destination`). `RecordAgeExceeded` is documented for Kinesis only. */
export type DiscardCondition =
  | 'RetryAttemptsExhausted'
  | 'RecordAgeExceeded'
  | 'MaximumPayloadSizeExceeded'
  | 'SCHEMA_NOT_FOUND'
  | 'DESERIALIZATION_ERROR'

/** Records that are not retried, and their last outcome. */
export type DiscardedRecords = {
  readonly batch: EventBatch
  readonly indexes: readonly number[]
  readonly condition: DiscardCondition
  readonly attempts: number
  readonly outcome: InvocationOutcome | undefined
}
