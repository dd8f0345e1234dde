import type { AppError } from '../../lib/errors.ts'
import type { ProducerId } from '../protocol/produce.ts'
import type { BatchRecord } from '../records/batch-writer.ts'
import type { NumberedRecords } from '../records/numbered-records.ts'
import type { BatchMemory } from './batch-memory.ts'
import type { DeliveryTracker } from './delivery-tracker.ts'
import { PendingBatch } from './pending-batch.ts'

/**
 * One batch of a partition is in flight at a time, so retries keep the order. Sequence numbers prevent duplicates
 * (KIP-98).
 */
export class PartitionBatches {
  readonly partition: number
  leader: number
  readonly #memory: BatchMemory
  readonly #batches: PendingBatch[] = []
  #sequence = 0
  #isInFlight = false
  #bytes = 0

  constructor(partition: number, leader: number, memory: BatchMemory) {
    this.partition = partition
    this.leader = leader
    this.#memory = memory
  }

  get bytes(): number {
    return this.#bytes
  }

  get isWaiting(): boolean {
    return !this.#isInFlight && this.#batches.length > 0
  }

  /** @returns the record's size in bytes */
  add(tracker: DeliveryTracker, record: BatchRecord): number {
    const before = this.#bytes
    const open = this.#open
    const batch = open !== undefined && this.#memory.hasRoom(open.records, record) ? open : this.#begin()
    this.#bytes += batch.add(tracker, record)
    return this.#bytes - before
  }

  /** Adds the first records that fit into the open batch. @returns how many */
  addNumbered(tracker: DeliveryTracker, numbered: NumberedRecords): number {
    const open = this.#open
    if (open === undefined) return 0
    const before = open.records.bytes
    const added = open.addNumbered(tracker, numbered, this.#memory.batchBytes)
    this.#bytes += open.records.bytes - before
    return added
  }

  /** Returns the first batch, which is in flight until `written`, `notWritten`, `fail` or `split` is called. */
  send(producer: ProducerId, isTransactional = false): Buffer {
    this.#isInFlight = true
    return this.#first.records.sealed(producer, this.#sequence, isTransactional)
  }

  written(): void {
    const batch = this.#remove()
    this.#sequence = (this.#sequence + batch.records.count) % 2 ** 31
    batch.acknowledged()
    this.#memory.reuse(batch.records)
  }

  notWritten(mayBeWritten: boolean): PendingBatch {
    this.#isInFlight = false
    this.#first.mayBeWritten ||= mayBeWritten
    return this.#first
  }

  /** The broker must not have written the batch, because the next one reuses its sequence numbers. */
  fail(failure: AppError): void {
    this.#remove().failed(this.partition, failure)
  }

  /** Splits the first batch, which the broker rejected as too large. @returns its record if it has only one */
  split(): BatchRecord | undefined {
    const { records } = this.#first
    this.#memory.shrink(records)
    if (records.count === 1) return records.records().next().value!
    const halves = this.#remove().halves()
    this.#batches.unshift(...halves)
    for (const half of halves) this.#bytes += half.records.bytes
    return undefined
  }

  failWaiting(failure: AppError): void {
    const waiting = this.#batches.splice(this.#isInFlight ? 1 : 0)
    for (const batch of waiting) {
      this.#bytes -= batch.records.bytes
      batch.failed(this.partition, failure)
    }
  }

  get #first(): PendingBatch {
    return this.#batches[0]!
  }

  get #open(): PendingBatch | undefined {
    const last = this.#batches.at(-1)
    const isInFlight = this.#isInFlight && this.#batches.length === 1
    return isInFlight || last?.mayBeWritten ? undefined : last
  }

  #begin(): PendingBatch {
    const batch = new PendingBatch(this.#memory.take(), Date.now())
    this.#batches.push(batch)
    this.#bytes += batch.records.bytes
    return batch
  }

  #remove(): PendingBatch {
    this.#isInFlight = false
    const batch = this.#batches.shift()!
    this.#bytes -= batch.records.bytes
    return batch
  }
}
