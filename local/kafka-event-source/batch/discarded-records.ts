import type { InvocationOutcome } from '../../containers/index.ts'
import type { EventBatch } from './batch.ts'

/** AWS's codes (page `kafka-on-failure-destination`). `RecordAgeExceeded` is from Kinesis; Kafka's pages have none. */
export type DiscardCondition =
  | 'RetryAttemptsExhausted'
  | 'RecordAgeExceeded'
  | 'MaximumPayloadSizeExceeded'
  | 'SCHEMA_NOT_FOUND'
  | 'DESERIALIZATION_ERROR'

/** Records that are not retried, and the outcome of their last invocation. */
export type DiscardedRecords = {
  readonly batch: EventBatch
  readonly indexes: readonly number[]
  readonly condition: DiscardCondition
  readonly attempts: number
  readonly outcome: InvocationOutcome | undefined
}
