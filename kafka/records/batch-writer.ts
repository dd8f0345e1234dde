/**
 * Writes an uncompressed batch of an idempotent producer (Kafka documentation, "Record Batch"; KIP-98) into one
 * buffer. All records have one timestamp.
 */
import type { ProducerId } from '../protocol/produce.ts'
import { CopySource, wordsOf } from './copy-source.ts'
import { crc32c } from './crc32c.ts'
import { readVarint, varintBytes, writeVarint } from './varint.ts'

const at = {
  batchLength: 8,
  leaderEpoch: 12,
  magic: 16,
  crc: 17,
  attributes: 21,
  lastOffsetDelta: 23,
  baseTimestamp: 27,
  maxTimestamp: 35,
  producerId: 43,
  producerEpoch: 51,
  baseSequence: 53,
  recordsCount: 57,
  records: 61,
} as const

const transactionalBit = 0b1_0000
const noLeaderEpoch = -1
const magic = 2
/** Key and headers are encoded (`keyField`, `headersField`). `from` and `to` limit the value. */
export type BatchRecord = {
  readonly key: Buffer
  readonly value: Buffer | null
  readonly headers: Buffer
  readonly from?: number
  readonly to?: number
}

export function valueBytes({ value, from = 0, to = value?.length ?? 0 }: BatchRecord): number {
  return to - from
}

export const noHeaders: Buffer = Buffer.from([0])

export function keyField(key: Buffer | null): Buffer {
  const length = key?.length ?? -1
  const field = Buffer.alloc(varintBytes(length) + Math.max(0, length))
  field.set(key ?? [], writeVarint(field, 0, length))
  return field
}

/** Inverts `keyField`. */
export function keyOf(field: Buffer): Buffer | null {
  const { number, next } = readVarint(field, 0)
  return number < 0 ? null : field.subarray(next)
}

export function headersField(headers: readonly (readonly [name: string, value: Buffer])[]): Buffer {
  const fields = headers.flatMap(([name, value]) => [keyField(Buffer.from(name)), keyField(value)])
  const count = Buffer.alloc(varintBytes(headers.length))
  writeVarint(count, 0, headers.length)
  return Buffer.concat([count, ...fields])
}

/** A record at the offset and timestamp of its base. `fields`: encoded key, value and headers. */
export function recordFrame(fields: Buffer): Buffer {
  const noDeltas = 3 // attributes, timestamp delta, offset delta
  const length = noDeltas + fields.length
  const start = Buffer.alloc(varintBytes(length) + noDeltas)
  writeVarint(start, 0, length)
  return Buffer.concat([start, fields])
}

export class RecordBatchWriter {
  #memory: Buffer
  #end: number = at.records
  #count = 0
  readonly #timestamp: number
  #words: DataView
  readonly #keys = new CopySource()
  readonly #values = new CopySource()
  readonly #headers = new CopySource()

  /** @param memory is replaced by a larger buffer when full */
  constructor(memory: Buffer, timestamp: number) {
    this.#memory = memory
    this.#words = wordsOf(memory)
    this.#timestamp = timestamp
  }

  /** Size of the batch, including its header. */
  get bytes(): number {
    return this.#end
  }

  get count(): number {
    return this.#count
  }

  /** The buffer, for reuse after this batch. */
  get memory(): Buffer {
    return this.#memory
  }

  /** Copies the record. */
  add({ key, value, headers, from = 0, to = value?.length ?? 0 }: BatchRecord): void {
    const length = value === null ? -1 : to - from
    const body =
      2 + varintBytes(this.#count) + key.length + varintBytes(length) + Math.max(0, length) + headers.length
    this.#reserve(body + 5)
    const memory = this.#memory
    let end = writeVarint(memory, this.#end, body)
    memory[end++] = 0 // attributes
    memory[end++] = 0 // timestamp delta
    end = writeVarint(memory, end, this.#count)
    end = this.#keys.copy(key, 0, key.length, memory, this.#words, end)
    end = writeVarint(memory, end, length)
    if (value !== null) end = this.#values.copy(value, from, to, memory, this.#words, end)
    this.#end = this.#headers.copy(headers, 0, headers.length, memory, this.#words, end)
    this.#count++
  }

  /** Returns a view of the batch, valid until a record is added. */
  sealed(producer: ProducerId, sequence: number, isTransactional = false): Buffer {
    const bytes = this.#memory.subarray(0, this.#end)
    bytes.fill(0, 0, at.records)
    bytes.writeInt32BE(this.#end - at.leaderEpoch, at.batchLength)
    bytes.writeInt32BE(noLeaderEpoch, at.leaderEpoch)
    bytes[at.magic] = magic
    bytes.writeInt16BE(isTransactional ? transactionalBit : 0, at.attributes)
    bytes.writeInt32BE(this.#count - 1, at.lastOffsetDelta)
    bytes.writeBigInt64BE(BigInt(this.#timestamp), at.baseTimestamp)
    bytes.writeBigInt64BE(BigInt(this.#timestamp), at.maxTimestamp)
    bytes.writeBigInt64BE(producer.id, at.producerId)
    bytes.writeInt16BE(producer.epoch, at.producerEpoch)
    bytes.writeInt32BE(sequence, at.baseSequence)
    bytes.writeInt32BE(this.#count, at.recordsCount)
    bytes.writeUInt32BE(crc32c(bytes, at.attributes), at.crc)
    return bytes
  }

  /** Yields views of the added records. */
  *records(): Generator<BatchRecord, void> {
    const memory = this.#memory
    const field = (start: number) => {
      const { number, next } = readVarint(memory, start)
      return { from: next, to: next + Math.max(0, number), isNull: number < 0 }
    }
    for (let start: number = at.records; start < this.#end; ) {
      const record = field(start)
      const keyStart = readVarint(memory, record.from + 2).next
      const key = field(keyStart)
      const value = field(key.to)
      yield {
        key: memory.subarray(keyStart, key.to),
        value: value.isNull ? null : memory.subarray(value.from, value.to),
        headers: memory.subarray(value.to, record.to),
      }
      start = record.to
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes
    if (needed <= this.#memory.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#memory.length))
    this.#memory.copy(larger, 0, 0, this.#end)
    this.#memory = larger
    this.#words = wordsOf(larger)
  }
}
