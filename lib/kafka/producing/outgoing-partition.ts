import { keyField, noHeaders, type ProducerId, RecordBatch } from '../wire/record-batch.ts'

const batchBytes = 512 * 1024
const firstBytes = 16 * 1024

/** Records of one partition that a transaction is to write, in batches, and the numbers that the broker knows them by. */
export class OutgoingPartition {
  readonly topic: string
  readonly partition: number
  /** To the transaction that is open. */
  isAdded = false
  readonly #batches: RecordBatch[] = []
  #sequence = 0
  #memory: Buffer = Buffer.allocUnsafeSlow(firstBytes)
  #key: Buffer | undefined
  #keyField = noHeaders

  constructor(topic: string, partition: number) {
    this.topic = topic
    this.partition = partition
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
    const last = this.#batches.at(-1)
    const batch = last !== undefined && last.bytes < batchBytes ? last : this.#begin()
    batch.add(this.#keyField, value, noHeaders)
  }

  /** The first batch as it goes over the wire. */
  sealed(producer: ProducerId): Buffer {
    return this.#batches[0]!.sealed(producer, this.#sequence, true)
  }

  written(): void {
    const batch = this.#batches.shift()!
    this.#sequence = (this.#sequence + batch.count) % 2 ** 31
    this.#memory = batch.memory
  }

  #begin(): RecordBatch {
    const batch = new RecordBatch(
      this.isEmpty ? this.#memory : Buffer.allocUnsafeSlow(firstBytes),
      Date.now(),
    )
    this.#batches.push(batch)
    return batch
  }
}
