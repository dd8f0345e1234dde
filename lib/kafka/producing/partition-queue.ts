import type { AppError } from '../../errors.ts'
import type { BatchRecord, ProducerId } from '../wire/record-batch.ts'
import type { BatchMemory } from './batch-memory.ts'
import type { Origin } from './origin.ts'
import { PendingBatch } from './pending-batch.ts'

/**
 * The batches of one partition, in order, of which the first alone is ever on its way: so the order holds whatever has to
 * be sent again, and the broker tells by its sequence number what it has already (KIP-98).
 */
export class PartitionQueue {
  readonly partition: number
  /** The node that leads the partition. */
  leader: number
  readonly #memory: BatchMemory
  readonly #batches: PendingBatch[] = []
  #sequence = 0
  #isSending = false
  #bytes = 0

  constructor(partition: number, leader: number, memory: BatchMemory) {
    this.partition = partition
    this.leader = leader
    this.#memory = memory
  }

  /** Of all batches. */
  get bytes(): number {
    return this.#bytes
  }

  get isWaiting(): boolean {
    return !this.#isSending && this.#batches.length > 0
  }

  /** How many bytes that takes. */
  add(origin: Origin, record: BatchRecord): number {
    const before = this.#bytes
    const last = this.#batches.at(-1)
    const isOnItsWay = this.#isSending && this.#batches.length === 1
    const isOpen = last !== undefined && !isOnItsWay && !last.mayBeWritten
    const batch = isOpen && this.#memory.hasRoom(last.records, record) ? last : this.#begin()
    this.#bytes += batch.add(origin, record)
    return this.#bytes - before
  }

  /** The first batch as it goes over the wire, until one of the following is told. */
  send(producer: ProducerId): Buffer {
    this.#isSending = true
    return this.#first.records.sealed(producer, this.#sequence)
  }

  written(): void {
    const batch = this.#remove()
    this.#sequence = (this.#sequence + batch.records.count) % 2 ** 31
    batch.acknowledged()
    this.#memory.reuse(batch.records)
  }

  /** It must be sent again, as it is, or must fail; `mayBeWritten`: nobody knows whether it was written. */
  notWritten(mayBeWritten: boolean): PendingBatch {
    this.#isSending = false
    this.#first.mayBeWritten ||= mayBeWritten
    return this.#first
  }

  /** The first batch is surely not written: the next has its sequence numbers. */
  fail(failure: AppError): void {
    this.#remove().failed(this.partition, failure)
  }

  /** The first batch is surely not written: two take its place. */
  split(): void {
    const halves = this.#remove().halves()
    this.#batches.unshift(...halves)
    for (const { records } of halves) this.#bytes += records.bytes
  }

  /** What is not on its way. */
  failWaiting(failure: AppError): void {
    const waiting = this.#batches.splice(this.#isSending ? 1 : 0)
    for (const batch of waiting) {
      this.#bytes -= batch.records.bytes
      batch.failed(this.partition, failure)
    }
  }

  get #first(): PendingBatch {
    return this.#batches[0]!
  }

  #begin(): PendingBatch {
    const batch = new PendingBatch(this.#memory.take(), Date.now())
    this.#batches.push(batch)
    this.#bytes += batch.records.bytes
    return batch
  }

  #remove(): PendingBatch {
    this.#isSending = false
    const batch = this.#batches.shift()!
    this.#bytes -= batch.records.bytes
    return batch
  }
}
