import type { RawRecord, TimestampType } from '../../../lib/kafka-event.ts'
import { decompress } from './decompress.ts'

/**
 * Kafka's record batch, format 2 (Kafka documentation, "Record Batch"): a header of 61 bytes, then records of variable
 * integers relative to it. Offsets and timestamps are numbers here: both stay below 2^53.
 */
const headerBytes = 61
const at = {
  length: 8,
  magic: 16,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  count: 57,
} as const
const codecBits = 0b111
const logAppendTimeBit = 0b1000
const transactionalBit = 0b10000
const controlBit = 0b100000
const noHeaders: RawRecord['headers'] = []
const empty = Buffer.alloc(0)

export type RecordBatch = {
  readonly baseOffset: number
  /** Of the batch as written, also when compaction has removed that record. */
  readonly lastOffset: number
  readonly baseTimestamp: number
  /** Set when the broker stamped the records; it is the time of all of them then. */
  readonly logAppendTime: number | undefined
  /** -1 for a producer that is neither idempotent nor transactional. */
  readonly producerId: number
  readonly isTransactional: boolean
  /** Transaction markers: not for any reader, but they take up offsets. */
  readonly isControl: boolean
  readonly codec: number
  readonly count: number
  /** Still compressed. */
  readonly body: Buffer
}

/** The whole batches in an answer to a fetch, whose last one may be cut off. @throws for formats before Kafka 0.11 */
export function* readBatches(bytes: Buffer): Generator<RecordBatch> {
  let start = 0
  while (start + headerBytes <= bytes.length) {
    const end = start + at.length + 4 + bytes.readInt32BE(start + at.length)
    if (end > bytes.length) return
    yield readHeader(bytes.subarray(start, end))
    start = end
  }
}

function readHeader(bytes: Buffer): RecordBatch {
  const magic = bytes[at.magic]!
  if (magic !== 2)
    throw new Error(`The record batch has format ${magic}; only 2 (Kafka 0.11 and later) is read.`)
  const baseOffset = readInt64(bytes, 0)
  const attributes = bytes.readInt16BE(at.attributes)
  return {
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at.lastOffsetDelta),
    baseTimestamp: readInt64(bytes, at.baseTimestamp),
    logAppendTime: (attributes & logAppendTimeBit) === 0 ? undefined : readInt64(bytes, at.maxTimestamp),
    producerId: readInt64(bytes, at.producerId),
    isTransactional: (attributes & transactionalBit) !== 0,
    isControl: (attributes & controlBit) !== 0,
    codec: attributes & codecBits,
    count: bytes.readInt32BE(at.count),
    body: bytes.subarray(headerBytes),
  }
}

/** Reads a batch's records one by one; keys and values share the batch's memory. */
export class RecordReader {
  readonly #batch: RecordBatch
  readonly #bytes: Buffer
  readonly #timestampType: TimestampType
  #left: number
  #at = 0
  #key: Buffer | null = null
  #nameBytes: Buffer = empty
  #nameText = ''

  constructor(batch: RecordBatch) {
    this.#batch = batch
    this.#left = batch.isControl ? 0 : batch.count
    this.#bytes = this.#left === 0 ? empty : decompress(batch.codec, batch.body)
    this.#timestampType = batch.logAppendTime === undefined ? 'CREATE_TIME' : 'LOG_APPEND_TIME'
  }

  next(): RawRecord | undefined {
    if (this.#left === 0) return undefined
    this.#left--
    this.#varint() // length
    this.#at++ // attributes: unused by Kafka
    const timestampDelta = this.#varint()
    const offset = this.#batch.baseOffset + this.#varint()
    const key = this.#keyOrNull()
    const value = this.#bytesOrNull()
    return {
      offset,
      timestamp: this.#batch.logAppendTime ?? this.#batch.baseTimestamp + timestampDelta,
      timestampType: this.#timestampType,
      key,
      value,
      headers: this.#headers(),
    }
  }

  #headers(): RawRecord['headers'] {
    const count = this.#varint()
    if (count === 0) return noHeaders
    const headers: (readonly [string, Buffer])[] = []
    for (let i = 0; i < count; i++) headers.push([this.#name(), this.#bytesOrNull() ?? empty])
    return headers
  }

  /** Neighbouring records mostly have the same key: they share one Buffer then. */
  #keyOrNull(): Buffer | null {
    if (this.#isNext(this.#key)) return this.#key
    this.#key = this.#bytesOrNull()
    return this.#key
  }

  /** Of a header: the same in nearly all records. */
  #name(): string {
    if (!this.#isNext(this.#nameBytes)) {
      this.#nameBytes = this.#bytesOrNull() ?? empty
      this.#nameText = this.#nameBytes.toString()
    }
    return this.#nameText
  }

  /** Whether these bytes, with their length before them, come next; goes past them then. */
  #isNext(expected: Buffer | null): boolean {
    if (expected === null) return false
    const start = this.#at
    const { length } = expected
    if (this.#varint() === length) {
      let same = 0
      while (same < length && this.#bytes[this.#at + same] === expected[same]) same++
      if (same === length) {
        this.#at += length
        return true
      }
    }
    this.#at = start
    return false
  }

  #bytesOrNull(): Buffer | null {
    const length = this.#varint()
    if (length < 0) return null
    const start = this.#at
    this.#at += length
    return this.#bytes.subarray(start, this.#at)
  }

  /** Zig-zag, up to 64 bits; beyond 31 in floating point, exact to 2^53. */
  #varint(): number {
    const bytes = this.#bytes
    let byte = bytes[this.#at++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    let factor = 0x80
    do {
      byte = bytes[this.#at++]!
      value += (byte & 0x7f) * factor
      factor *= 0x80
    } while (byte >= 0x80)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }
}

function readInt64(bytes: Buffer, start: number): number {
  return bytes.readInt32BE(start) * 0x1_0000_0000 + bytes.readUInt32BE(start + 4)
}
