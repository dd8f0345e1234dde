import { FieldReader } from '../../../lib/kafka/wire/field-reader.ts'
import type { RawRecord, TimestampType } from '../../../lib/kafka-event.ts'
import type { RecordInMemory } from '../../../lib/packed-event.ts'
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

/**
 * Reads a batch's records one after the other: it is the record that `next` has come to, in the batch's own memory.
 * Nothing is made for a record but what is asked of it: key, value and headers are read anew each time.
 */
export class RecordReader implements RawRecord, RecordInMemory {
  offset = -1
  timestamp = -1
  readonly timestampType: TimestampType
  readonly bytes: Buffer
  /** Where the record's key begins, and where its last header ends. */
  from = 0
  to = 0
  readonly #batch: RecordBatch
  readonly #fields: FieldReader
  #left: number

  constructor(batch: RecordBatch) {
    this.#batch = batch
    this.#left = batch.isControl ? 0 : batch.count
    this.bytes = this.#left === 0 ? empty : decompress(batch.codec, batch.body)
    this.#fields = new FieldReader(this.bytes)
    this.timestampType = batch.logAppendTime === undefined ? 'CREATE_TIME' : 'LOG_APPEND_TIME'
  }

  /** @returns false when there is none @throws each time, where the batch has fewer records than it says */
  next(): boolean {
    if (this.#left === 0) return false
    const fields = this.#fields
    fields.at = this.to
    const length = fields.varint()
    const to = fields.at + length
    if (!(to <= this.bytes.length)) throw this.#cutShort()
    this.to = to
    this.#left--
    fields.at++ // attributes: unused by Kafka
    const timestampDelta = fields.varint()
    this.timestamp = this.#batch.logAppendTime ?? this.#batch.baseTimestamp + timestampDelta
    this.offset = this.#batch.baseOffset + fields.varint()
    this.from = fields.at
    return true
  }

  get key(): Buffer | null {
    return this.#rewound().field()
  }

  get value(): Buffer | null {
    const fields = this.#rewound()
    fields.skip()
    return fields.field()
  }

  get headers(): RawRecord['headers'] {
    const fields = this.#rewound()
    fields.skip()
    fields.skip()
    const headers: (readonly [string, Buffer])[] = []
    for (let left = fields.varint(); left > 0; left--) {
      headers.push([(fields.field() ?? empty).toString(), fields.field() ?? empty])
    }
    return headers
  }

  #cutShort(): Error {
    const { baseOffset, count } = this.#batch
    return new Error(`The record batch at offset ${baseOffset} ends before its ${count} records do.`)
  }

  #rewound(): FieldReader {
    this.#fields.at = this.from
    return this.#fields
  }
}

function readInt64(bytes: Buffer, start: number): number {
  return bytes.readInt32BE(start) * 0x1_0000_0000 + bytes.readUInt32BE(start + 4)
}
