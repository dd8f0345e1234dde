import { RecordReader } from '../../local/kafka-event-source/kafka/record-batches.ts'
import type { Terminal } from '../terminal.ts'
import { ByteWriter } from './byte-writer.ts'
import type { PartitionLog } from './partition-log.ts'
import type { Fetched } from './record-fetcher.ts'
import type { RecordFormat } from './record-format.ts'
import { visibleBatches } from './visible-batches.ts'

const writeBytes = 256 * 1024

/** Writes records to standard output, `max` of them at most. A log's position moves when its records are written. */
export class RecordPrinter {
  readonly #terminal: Terminal
  readonly #format: RecordFormat
  readonly #closing: AbortSignal
  readonly #out = new ByteWriter()
  #left: number

  constructor(terminal: Terminal, format: RecordFormat, max: number = Number.POSITIVE_INFINITY) {
    this.#terminal = terminal
    this.#format = format
    this.#left = max
    this.#closing = terminal.closing()
  }

  /** Whether there is nothing left to write, or nobody who reads it. */
  get isDone(): boolean {
    return this.#left === 0 || this.isClosed
  }

  get isClosed(): boolean {
    return this.#closing.aborted
  }

  /** @throws what the format throws for a record, when those before it are written */
  async print(log: PartitionLog, { batches, aborted }: Fetched): Promise<void> {
    const { end = Number.POSITIVE_INFINITY } = log
    let next = log.position
    try {
      for (const batch of visibleBatches(batches, aborted)) {
        const record = new RecordReader(batch)
        while (record.next()) {
          if (record.offset < next) continue
          if (record.offset >= end) next = end
          if (next === end || this.isDone) return
          this.#format(log, record, this.#out)
          next = record.offset + 1
          this.#left--
          if (this.#out.length >= writeBytes) await this.#write(log, next)
        }
      }
      next = Math.max(next, batches.at(-1)!.lastOffset + 1)
    } finally {
      await this.#write(log, next)
    }
  }

  async #write(log: PartitionLog, next: number): Promise<void> {
    if (this.#out.length > 0) await this.#terminal.write(this.#out.take())
    if (!this.isClosed) log.position = next
  }
}
