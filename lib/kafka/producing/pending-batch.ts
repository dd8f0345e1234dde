import type { AppError } from '../../errors.ts'
import { type BatchRecord, RecordBatch } from '../wire/record-batch.ts'
import type { Origin } from './origin.ts'

/** Records of one origin, one after the other. */
type Run = { readonly origin: Origin; records: number }

/** A batch that is not acknowledged yet, and who is to be told about it. */
export class PendingBatch {
  /** A broker may have written it without our knowing: it stays as it is, and its sequence numbers are its own. */
  mayBeWritten = false
  readonly records: RecordBatch
  readonly #createdAt: number
  readonly #runs: Run[] = []

  constructor(memory: Buffer, createdAt: number) {
    this.records = new RecordBatch(memory, createdAt)
    this.#createdAt = createdAt
  }

  get ageMs(): number {
    return Date.now() - this.#createdAt
  }

  /** How many bytes that takes. */
  add(origin: Origin, record: BatchRecord): number {
    const before = this.records.bytes
    this.records.add(record)
    const run = this.#runs.at(-1)
    if (run?.origin === origin) run.records++
    else {
      origin.underWay()
      this.#runs.push({ origin, records: 1 })
    }
    return this.records.bytes - before
  }

  acknowledged(): void {
    for (const { origin } of this.#runs) origin.acknowledged()
  }

  failed(partition: number, failure: AppError): void {
    for (const { origin, records } of this.#runs) origin.failed(partition, records, failure)
  }

  /** Two batches in place of this one, which must have two records or more. */
  halves(): readonly [PendingBatch, PendingBatch] {
    const halves = [0, 1].map(() => new PendingBatch(Buffer.alloc(0), this.#createdAt))
    const [first, second] = halves as [PendingBatch, PendingBatch]
    const middle = this.records.count >> 1
    let number = 0
    const records = this.records.records()
    for (const { origin, records: count } of this.#runs) {
      for (let i = 0; i < count; i++) (number++ < middle ? first : second).add(origin, records.next().value!)
    }
    this.acknowledged() // the halves answer for it now
    return [first, second]
  }
}
