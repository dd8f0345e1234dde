import type { BatchRecord, RecordBatch } from '../wire/record-batch.ts'

/** Brokers take 1 MiB unless told otherwise. */
const usualBatchBytes = 512 * 1024
/** A batch begins with so much, and gets more when it needs it. */
const firstBytes = 16 * 1024
const fewestBytes = 1024
/** What a record takes beside its parts. */
const mostLengthsBytes = 20

/** How large batches get, and the memory of those that are not needed any more. */
export class BatchMemory {
  readonly #free: Buffer[] = []
  #batchBytes: number

  /** @param batchBytes a batch gets no larger than this, but for one record alone that is */
  constructor(batchBytes: number = usualBatchBytes) {
    this.#batchBytes = batchBytes
  }

  hasRoom({ bytes }: RecordBatch, { key, value, headers }: BatchRecord): boolean {
    const length = key.length + (value?.length ?? 0) + headers.length + mostLengthsBytes
    return bytes + length <= this.#batchBytes
  }

  /** This batch was too large for the topic. */
  shrink({ bytes }: RecordBatch): void {
    this.#batchBytes = Math.max(fewestBytes, Math.min(this.#batchBytes, bytes >> 1))
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(firstBytes)
  }

  /** Of a batch that nobody sends any more. */
  reuse({ memory }: RecordBatch): void {
    // What a single long line needed is not kept.
    if (memory.length <= 2 * this.#batchBytes) this.#free.push(memory)
  }
}
