import { type BatchRecord, type RecordBatchWriter, valueBytes } from '../records/batch-writer.ts'

/** Brokers accept 1 MiB by default (`message.max.bytes`). */
const defaultBatchBytes = 512 * 1024
const firstBytes = 16 * 1024
const minBatchBytes = 1024
/** Maximum overhead of a record besides its parts. */
const recordOverheadBytes = 20

/** The size limit of batches, and a pool of their buffers. */
export class BatchMemory {
  readonly #free: Buffer[] = []
  #batchBytes: number

  /** @param batchBytes the limit of a batch, unless one record alone is larger */
  constructor(batchBytes: number = defaultBatchBytes) {
    this.#batchBytes = batchBytes
  }

  hasRoom({ bytes }: RecordBatchWriter, record: BatchRecord): boolean {
    const length = record.key.length + valueBytes(record) + record.headers.length + recordOverheadBytes
    return bytes + length <= this.#batchBytes
  }

  /** The topic rejected this batch as too large. */
  shrink({ bytes }: RecordBatchWriter): void {
    this.#batchBytes = Math.max(minBatchBytes, Math.min(this.#batchBytes, bytes >> 1))
  }

  take(): Buffer {
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(firstBytes)
  }

  /** Call it for a batch that is never sent again. */
  reuse({ memory }: RecordBatchWriter): void {
    // The buffer of a single large record is not kept.
    if (memory.length <= 2 * this.#batchBytes) this.#free.push(memory)
  }
}
