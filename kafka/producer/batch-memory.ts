import type { BatchRecord, RecordBatchWriter } from '../records/batch-writer.ts'

/** Half of what brokers accept by default (`message.max.bytes`: 1 MiB). */
const defaultBatchBytes = 512 * 1024
const firstBytes = 16 * 1024
const minBatchBytes = 1024
/** Maximum size of a record without its key, value and headers. */
const recordOverheadBytes = 20

export class BatchMemory {
  readonly #free: Buffer[] = []
  #batchBytes: number

  constructor(batchBytes: number = defaultBatchBytes) {
    this.#batchBytes = batchBytes
  }

  /** Maximum size of a batch with several records. */
  get batchBytes(): number {
    return this.#batchBytes
  }

  hasRoom({ bytes }: RecordBatchWriter, { key, value, headers }: BatchRecord): boolean {
    const length = key.length + (value?.length ?? 0) + headers.length + recordOverheadBytes
    return bytes + length <= this.#batchBytes
  }

  /** Lowers the limit to half of a batch that the broker rejected as too large. */
  shrink({ bytes }: RecordBatchWriter): void {
    this.#batchBytes = Math.max(minBatchBytes, Math.min(this.#batchBytes, bytes >> 1))
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(firstBytes)
  }

  /** The caller must not send the batch again. */
  reuse({ memory }: RecordBatchWriter): void {
    // Drops a buffer that grew for a single large record.
    if (memory.length <= 2 * this.#batchBytes) this.#free.push(memory)
  }
}
