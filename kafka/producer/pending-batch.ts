import type { AppError } from '../../lib/errors.ts'
import { type BatchRecord, RecordBatchWriter } from '../records/batch-writer.ts'
import type { NumberedRecords } from '../records/numbered-records.ts'
import type { DeliveryTracker } from './delivery-tracker.ts'

type TrackedRecords = { readonly tracker: DeliveryTracker; records: number }

export class PendingBatch {
  /** If true, the batch must be sent again unchanged, with the same sequence numbers. */
  mayBeWritten = false
  readonly records: RecordBatchWriter
  readonly #createdAt: number
  #failingSince: number | undefined
  readonly #runs: TrackedRecords[] = []
  /** The last of `#runs`. */
  #run: TrackedRecords | undefined

  constructor(memory: Buffer, createdAt: number) {
    this.records = new RecordBatchWriter(memory, createdAt)
    this.#createdAt = createdAt
  }

  /** Returns milliseconds since its first call, which marks the first failed attempt. */
  failingForMs(): number {
    this.#failingSince ??= performance.now()
    return performance.now() - this.#failingSince
  }

  add(tracker: DeliveryTracker, record: BatchRecord): number {
    const before = this.records.bytes
    this.records.add(record)
    this.#track(tracker, 1)
    return this.records.bytes - before
  }

  /** @returns how many records were added */
  addNumbered(tracker: DeliveryTracker, numbered: NumberedRecords, limit: number): number {
    const added = this.records.addNumbered(numbered, limit)
    if (added > 0) this.#track(tracker, added)
    return added
  }

  acknowledged(): void {
    for (const { tracker } of this.#runs) tracker.acknowledged()
  }

  failed(partition: number, failure: AppError): void {
    for (const { tracker, records } of this.#runs) tracker.failed(partition, records, failure)
  }

  /** Requires at least two records. */
  halves(): readonly [PendingBatch, PendingBatch] {
    const first = new PendingBatch(Buffer.alloc(0), this.#createdAt)
    const second = new PendingBatch(Buffer.alloc(0), this.#createdAt)
    const middle = this.records.count >> 1
    let number = 0
    const records = this.records.records()
    for (const { tracker, records: count } of this.#runs) {
      for (let i = 0; i < count; i++) {
        const half = number++ < middle ? first : second
        half.add(tracker, records.next().value!)
      }
    }
    this.acknowledged() // the halves have registered its runs again
    return [first, second]
  }

  #track(tracker: DeliveryTracker, records: number): void {
    if (this.#run?.tracker === tracker) this.#run.records += records
    else {
      tracker.runStarted()
      this.#run = { tracker, records }
      this.#runs.push(this.#run)
    }
  }
}
