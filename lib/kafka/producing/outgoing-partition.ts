import { type BatchRecord, keyField, noHeaders, type ProducerId, RecordBatch } from '../wire/record-batch.ts'
import type { BatchMemory } from './batch-memory.ts'

/** Records of one partition that a transaction is to write, in batches, and the numbers that the broker knows them by. */
export class OutgoingPartition {
  readonly topic: string
  readonly partition: number
  /** To the transaction that is open. */
  isAdded = false
  readonly #memory: BatchMemory
  readonly #batches: RecordBatch[] = []
  #sequence = 0
  #key: Buffer | undefined
  #keyField = noHeaders

  constructor(topic: string, partition: number, memory: BatchMemory) {
    this.topic = topic
    this.partition = partition
    this.#memory = memory
  }

  get isEmpty(): boolean {
    return this.#batches.length === 0
  }

  add(key: Buffer, value: Buffer | null): void {
    // Neighbouring records are mostly of one key, given in the same memory.
    if (key !== this.#key) {
      this.#key = key
      this.#keyField = keyField(key)
    }
    const record = { key: this.#keyField, value, headers: noHeaders }
    this.#batchFor(record).add(record)
  }

  /** The first batch as it goes over the wire. */
  sealed(producer: ProducerId): Buffer {
    return this.#batches[0]!.sealed(producer, this.#sequence, true)
  }

  written(): void {
    const batch = this.#batches.shift()!
    this.#sequence = (this.#sequence + batch.count) % 2 ** 31
    this.#memory.reuse(batch)
  }

  #batchFor(record: BatchRecord): RecordBatch {
    const last = this.#batches.at(-1)
    if (last !== undefined && this.#memory.hasRoom(last, record)) return last
    const batch = new RecordBatch(this.#memory.take(), Date.now())
    this.#batches.push(batch)
    return batch
  }
}
