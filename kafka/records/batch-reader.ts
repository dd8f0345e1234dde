import { at, transactionalBit } from './batch-layout.ts'
import { codecName, decompress } from './compression.ts'
import { crc32c } from './crc32c.ts'
import { FieldReader } from './field-reader.ts'
import type { LogRecord, RecordBase, TimestampType } from './record.ts'
import { UnreadableBatchError } from './unreadable-batch.ts'

const codecBits = 0b111
const uncompressed = 0
const logAppendTimeBit = 0b1000
const controlBit = 0b100000
const empty = Buffer.alloc(0)

export type RecordBatch = {
  readonly partition: string
  readonly baseOffset: number
  /** Compaction may have removed that record. */
  readonly lastOffset: number
  readonly baseTimestamp: number
  /** The timestamp of all records, if the broker set it. */
  readonly logAppendTime: number | undefined
  /** -1: no idempotent producer. */
  readonly producerId: number
  readonly isTransactional: boolean
  /** Transaction markers: invisible, but with offsets. */
  readonly isControl: boolean
  readonly codec: number
  readonly count: number
  /** Still compressed. */
  readonly body: Buffer
  /** CRC-32C of `checked`. */
  readonly checksum: number
  /** From the attributes to the end. */
  readonly checked: Buffer
}

/**
 * Reads whole batches; the last may be cut off. Offsets and timestamps must be below 2^53.
 * @throws UnreadableBatchError for formats before Kafka 0.11 and impossible lengths
 */
export function* readBatches(bytes: Buffer, partition: string): Generator<RecordBatch> {
  let start = 0
  while (start + at.magic < bytes.length) {
    const magic = bytes[start + at.magic]!
    if (magic !== 2) {
      const reason = `it has format ${magic}; only format 2 (Kafka 0.11 and later) is supported`
      throw unreadable(partition, readInt64(bytes, start), reason)
    }
    const end = start + at.length + 4 + bytes.readInt32BE(start + at.length)
    if (end < start + at.records)
      throw unreadable(partition, readInt64(bytes, start), 'it is shorter than its header')
    if (end > bytes.length) return
    yield readHeader(bytes.subarray(start, end), partition)
    start = end
  }
}

function readHeader(bytes: Buffer, partition: string): RecordBatch {
  const baseOffset = readInt64(bytes, 0)
  const attributes = bytes.readInt16BE(at.attributes)
  return {
    partition,
    baseOffset,
    lastOffset: baseOffset + bytes.readInt32BE(at.lastOffsetDelta),
    baseTimestamp: readInt64(bytes, at.baseTimestamp),
    logAppendTime: (attributes & logAppendTimeBit) === 0 ? undefined : readInt64(bytes, at.maxTimestamp),
    producerId: readInt64(bytes, at.producerId),
    isTransactional: (attributes & transactionalBit) !== 0,
    isControl: (attributes & controlBit) !== 0,
    codec: attributes & codecBits,
    count: bytes.readInt32BE(at.count),
    body: bytes.subarray(at.records),
    checksum: bytes.readUInt32BE(at.checksum),
    checked: bytes.subarray(at.attributes),
  }
}

/** Key, value and headers are views, decoded at each access. */
export class RecordReader implements LogRecord {
  offset = -1
  timestamp = -1
  readonly timestampType: TimestampType
  readonly base: RecordBase
  readonly bytes: Buffer
  /** The record begins at `start`; its key, value and headers are in [`from`, `to`). */
  start = 0
  from = 0
  to = 0
  readonly #batch: RecordBatch
  readonly #fields: FieldReader
  #left: number

  /** @throws UnreadableBatchError */
  constructor(batch: RecordBatch) {
    this.#batch = batch
    this.#left = batch.isControl ? 0 : batch.count
    this.bytes = this.#left === 0 ? empty : decompressed(batch)
    this.#fields = new FieldReader(this.bytes)
    const { baseOffset: offset, baseTimestamp, logAppendTime } = batch
    this.timestampType = logAppendTime === undefined ? 'CREATE_TIME' : 'LOG_APPEND_TIME'
    this.base = { offset, timestamp: logAppendTime ?? baseTimestamp, timestampType: this.timestampType }
  }

  /** @returns false after the last record @throws UnreadableBatchError when records are missing */
  next(): boolean {
    if (this.#left === 0) return false
    const fields = this.#fields
    const start = this.to
    fields.at = start
    const length = fields.varint()
    const to = fields.at + length
    if (!(to <= this.bytes.length)) throw this.#cutShort()
    this.start = start
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

  get headers(): LogRecord['headers'] {
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
    const { partition, baseOffset, count } = this.#batch
    return unreadable(partition, baseOffset, `it ends before its ${count} records do`)
  }

  #rewound(): FieldReader {
    this.#fields.at = this.from
    return this.#fields
  }
}

/** Verifies compressed batches only: damaged ones can decompress without an error. */
function decompressed({ partition, baseOffset, codec, body, checksum, checked }: RecordBatch): Buffer {
  try {
    if (codec !== uncompressed && crc32c(checked) !== checksum) throw new Error('its checksum does not match')
    return decompress(codec, body)
  } catch (error) {
    const reason = `${codecName(codec)}: ${error instanceof Error ? error.message : String(error)}`
    throw unreadable(partition, baseOffset, reason, error)
  }
}

function unreadable(partition: string, offset: number, reason: string, cause?: unknown): Error {
  return new UnreadableBatchError(`${partition} at offset ${offset}`, reason, { cause })
}

function readInt64(bytes: Buffer, start: number): number {
  return bytes.readInt32BE(start) * 0x1_0000_0000 + bytes.readUInt32BE(start + 4)
}
