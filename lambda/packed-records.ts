import type { RecordBase } from '../kafka/records/record.ts'
import { countBefore } from '../lib/binary-search.ts'
import { runHead, runHeadBytes } from './packed-format.ts'

/** A record in its batch: begins at `start`; its key, value and headers are in [`from`, `to`). */
export type RecordInMemory = RecordBase & {
  readonly base: RecordBase
  readonly bytes: Buffer
  readonly start: number
  readonly from: number
  readonly to: number
  /** ASCII JSON of `keySchemaMetadata`, `valueSchemaMetadata` or both. */
  readonly schemaMetadata?: string
}

/** Contiguous records of one batch. */
type RecordRun = Pick<RecordInMemory, 'base'> & {
  bytes: Buffer
  start: number
  readonly metadata: string
  readonly first: number
}

/** With shorter pieces on average, one copy costs less than many writes. */
const minPieceBytes = 4_096
/** A run may retain a batch up to this many times its size. */
const maxRetained = 16

/** Records of one partition, in the memory of their batches. */
export class PackedRecords {
  readonly #runs: RecordRun[] = []
  /** End of each record, from the start of its run. */
  readonly #ends: number[] = []
  #base: RecordBase | undefined
  /** Of the last run. */
  #start = 0
  #end = 0

  append({ base, bytes, start, to, schemaMetadata = '' }: RecordInMemory): void {
    if (base !== this.#base || start !== this.#end) {
      this.#releaseBatch()
      this.#runs.push({ base, bytes, start, metadata: schemaMetadata, first: this.#ends.length })
      this.#base = base
      this.#start = start
    }
    this.#end = to
    this.#ends.push(to - this.#start)
  }

  /** Copies the last run if it is a small part of its batch, whose memory it would retain. */
  #releaseBatch(): void {
    const run = this.#runs.at(-1)
    if (run === undefined || (this.#end - run.start) * maxRetained > run.bytes.length) return
    run.bytes = Buffer.from(run.bytes.subarray(run.start, this.#end))
    run.start = 0
  }

  /** The records [`first`, `end`). The pieces can be views of the batches. */
  slice(first = 0, end = this.#ends.length): readonly Buffer[] {
    const pieces: Buffer[] = []
    let bytes = 0
    let i = countBefore(this.#runs, (run) => run.first <= first) - 1
    for (let from = first; from < end; i++) {
      const run = this.#runs[i]!
      const to = Math.min(end, this.#runs[i + 1]?.first ?? end)
      const start = from === run.first ? 0 : this.#ends[from - 1]!
      const records = run.bytes.subarray(run.start + start, run.start + this.#ends[to - 1]!)
      const head = headOf(run, records.length)
      pieces.push(head, records)
      bytes += head.length + records.length
      from = to
    }
    return bytes < pieces.length * minPieceBytes ? [Buffer.concat(pieces, bytes)] : pieces
  }
}

function headOf({ base, metadata }: RecordRun, recordsBytes: number): Buffer {
  const head = Buffer.allocUnsafe(runHeadBytes + metadata.length)
  head.writeDoubleLE(base.offset, runHead.offset)
  head.writeDoubleLE(base.timestamp, runHead.timestamp)
  head.writeUInt32LE(recordsBytes, runHead.recordsBytes)
  head.writeUInt16LE(metadata.length, runHead.metadataBytes)
  head[runHead.isLogAppendTime] = base.timestampType === 'LOG_APPEND_TIME' ? 1 : 0
  head.write(metadata, runHeadBytes, 'latin1')
  return head
}
