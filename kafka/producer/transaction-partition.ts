import type { ProducerId } from '../protocol/produce.ts'
import { type BatchRecord, keyField, keyOf, noHeaders, RecordBatchWriter } from '../records/batch-writer.ts'
import type { BatchMemory } from './batch-memory.ts'

/** The batches and sequence numbers of one partition (KIP-98). */
export class TransactionPartition {
  readonly topic: string
  readonly partition: number
  /** Whether the partition was added to the open transaction. */
  isAdded = false
  readonly #memory: BatchMemory
  readonly #batches: RecordBatchWriter[] = []
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
    // Consecutive records mostly share the key object.
    if (key !== this.#key) {
      this.#key = key
      this.#keyField = keyField(key)
    }
    const record = { key: this.#keyField, value, headers: noHeaders }
    this.#batchFor(record).add(record)
  }

  sealed(producer: ProducerId): Buffer {
    return this.#batches[0]!.sealed(producer, this.#sequence, true)
  }

  get first(): { readonly key: Buffer | null; readonly valueBytes: number } {
    const { key, value } = this.#batches[0]!.records().next().value!
    return { key: keyOf(key), valueBytes: value?.length ?? 0 }
  }

  written(): void {
    const batch = this.#batches.shift()!
    this.#sequence = (this.#sequence + batch.count) % 2 ** 31
    this.#memory.reuse(batch)
  }

  /** Splits the rejected first batch. Returns false if it has a single record. */
  split(): boolean {
    const batch = this.#batches[0]!
    this.#memory.shrink(batch)
    if (batch.count === 1) return false
    const middle = batch.count >> 1
    const halves = [this.#newBatch(), this.#newBatch()] as const
    let number = 0
    for (const record of batch.records()) halves[number++ < middle ? 0 : 1].add(record)
    this.#batches.splice(0, 1, ...halves)
    return true
  }

  #batchFor(record: BatchRecord): RecordBatchWriter {
    const last = this.#batches.at(-1)
    if (last !== undefined && this.#memory.hasRoom(last, record)) return last
    const batch = this.#newBatch()
    this.#batches.push(batch)
    return batch
  }

  #newBatch(): RecordBatchWriter {
    return new RecordBatchWriter(this.#memory.take(), Date.now())
  }
}
