import type { LogRecord } from '../../../kafka/records/record.ts'
import type { RecordInMemory } from '../../../lambda/packed-records.ts'
import type { DiscardCondition } from './discarded-records.ts'

/** Filters read `value`. */
export type PolledRecord = RecordInMemory &
  Pick<LogRecord, 'value'> & { readonly discardCondition?: DiscardCondition }

export type RecordSource = {
  readonly partition: number
  readonly position: number
  /** Returns a record that is valid until the next call. @throws UnreadableBatchError */
  peek(): PolledRecord | undefined
  take(): void
}
