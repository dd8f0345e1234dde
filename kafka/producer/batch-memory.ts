import { type BatchRecord, type RecordBatchWriter, valueBytes } from '../records/batch-writer.ts'

/** Brokers accept 1 MiB by default (`message.max.bytes`). */
const defaultBatchBytes = 512 * 1024
const firstBytes = 16 * 1024
const minBatchBytes = 1024
/** Maximum, besides the record's parts. */
const recordOverheadBytes = 20

/** The size limit of batches, and a pool of buffers. */
export class BatchMemory {
  readonly #free: Buffer[] = []
  #batchBytes: number

  /** @param batchBytes unless one record is larger */
  constructor(batchBytes: number = defaultBatchBytes) {
    this.#batchBytes = batchBytes
  }

  hasRoom({ bytes }: RecordBatchWriter, record: BatchRecord): boolean {
    const length = record.key.length + valueBytes(record) + record.headers.length + recordOverheadBytes
    return bytes + length <= this.#batchBytes
  }

  /** Call after the topic rejected the batch's size. */
  shrink({ bytes }: RecordBatchWriter): void {
    this.#batchBytes = Math.max(minBatchBytes, Math.min(this.#batchBytes, bytes >> 1))
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(firstBytes)
  }

  /** Call when the batch is never sent again. */
  reuse({ memory }: RecordBatchWriter): void {
    // Drops the buffer of a single large record.
    if (memory.length <= 2 * this.#batchBytes) this.#free.push(memory)
  }
}
