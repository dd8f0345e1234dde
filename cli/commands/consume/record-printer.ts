import type { Terminal } from '../../terminal/terminal.ts'
import { ByteWriter } from './byte-writer.ts'
import type { PartitionLog } from './partition-log.ts'
import type { RecordFormat } from './record-format.ts'

const writeBytes = 256 * 1024

/** Writes at most `max` records, and advances the log's position after each write. */
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

  get isDone(): boolean {
    return this.#left === 0 || this.isClosed
  }

  get isClosed(): boolean {
    return this.#closing.aborted
  }

  /** Prints the buffered records. @throws the format's error, after it has written the records before the failed one */
  async print(log: PartitionLog): Promise<void> {
    const { queue, end = Number.POSITIVE_INFINITY } = log
    let next = log.position
    try {
      for (let record = queue.peek(); record !== undefined; record = queue.peek()) {
        if (record.offset >= end) next = end
        if (next >= end || this.isDone) return
        this.#format(log, record, this.#out)
        queue.take()
        next = queue.position
        this.#left--
        if (this.#out.length >= writeBytes) await this.#write(log, next)
      }
      next = queue.position
    } finally {
      await this.#write(log, Math.min(next, end))
    }
  }

  async #write(log: PartitionLog, next: number): Promise<void> {
    if (this.#out.length > 0) await this.#terminal.write(this.#out.take())
    if (!this.isClosed) log.position = next
  }
}
