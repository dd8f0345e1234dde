/**
 * Writes an uncompressed batch of an idempotent producer (Kafka documentation, "Record Batch"; KIP-98) into one
 * buffer. All records have one timestamp.
 */
import type { ProducerId } from '../protocol/produce.ts'
import { at, transactionalBit } from './batch-layout.ts'
import { crc32c } from './crc32c.ts'
import { FieldReader } from './field-reader.ts'
import { type NumberedRecords, writeNumbered } from './numbered-records.ts'
import { varintBytes, writeVarint } from './varint.ts'

const noLeaderEpoch = -1
const magic = 2

/** Key and headers are encoded (`keyField`, `headersField`). */
export type BatchRecord = {
  readonly key: Buffer
  readonly value: Buffer | null
  readonly headers: Buffer
}

/** Up to this length, a loop copies faster than `Buffer.copy`. */
const shortBytes = 48

export const noHeaders: Buffer = Buffer.from([0])

export function keyField(key: Buffer | null): Buffer {
  const length = key?.length ?? -1
  const field = Buffer.alloc(varintBytes(length) + Math.max(0, length))
  field.set(key ?? [], writeVarint(field, 0, length))
  return field
}

/** Inverts `keyField`. */
export function keyOf(field: Buffer): Buffer | null {
  return new FieldReader(field).field()
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

  /** @param memory is replaced by a larger buffer when full */
  constructor(memory: Buffer, timestamp: number) {
    this.#memory = memory
    this.#timestamp = timestamp
  }

  get bytes(): number {
    return this.#end
  }

  get count(): number {
    return this.#count
  }

  get memory(): Buffer {
    return this.#memory
  }

  add({ key, value, headers }: BatchRecord): void {
    const length = value?.length ?? -1
    const body =
      2 + varintBytes(this.#count) + key.length + varintBytes(length) + Math.max(0, length) + headers.length
    this.#reserve(body + 5)
    const memory = this.#memory
    let end = writeVarint(memory, this.#end, body)
    memory[end++] = 0 // attributes
    memory[end++] = 0 // timestamp delta
    end = writeVarint(memory, end, this.#count)
    end = copyTo(memory, end, key)
    end = writeVarint(memory, end, length)
    if (value !== null) end = copyTo(memory, end, value)
    this.#end = copyTo(memory, end, headers)
    this.#count++
  }

  /**
   * Adds the first records, possibly none.
   * @param limit maximum size of this batch in bytes
   * @returns how many records were added
   */
  addNumbered(numbered: NumberedRecords, limit: number): number {
    const { count, bytes } = writeNumbered(numbered, this.#count, limit - this.#end)
    this.#reserve(bytes.length)
    this.#memory.set(bytes, this.#end)
    this.#end += bytes.length
    this.#count += count
    return count
  }

  /** Returns a view, valid until a record is added. */
  sealed(producer: ProducerId, sequence: number, isTransactional = false): Buffer {
    const bytes = this.#memory.subarray(0, this.#end)
    bytes.fill(0, 0, at.records)
    bytes.writeInt32BE(this.#end - at.leaderEpoch, at.length)
    bytes.writeInt32BE(noLeaderEpoch, at.leaderEpoch)
    bytes[at.magic] = magic
    bytes.writeInt16BE(isTransactional ? transactionalBit : 0, at.attributes)
    bytes.writeInt32BE(this.#count - 1, at.lastOffsetDelta)
    bytes.writeBigInt64BE(BigInt(this.#timestamp), at.baseTimestamp)
    bytes.writeBigInt64BE(BigInt(this.#timestamp), at.maxTimestamp)
    bytes.writeBigInt64BE(producer.id, at.producerId)
    bytes.writeInt16BE(producer.epoch, at.producerEpoch)
    bytes.writeInt32BE(sequence, at.baseSequence)
    bytes.writeInt32BE(this.#count, at.count)
    bytes.writeUInt32BE(crc32c(bytes, at.attributes), at.checksum)
    return bytes
  }

  /** Yields views of the added records. */
  *records(): Generator<BatchRecord, void> {
    const fields = new FieldReader(this.#memory, at.records)
    while (fields.at < this.#end) {
      const end = fields.varint() + fields.at
      fields.at += 2 // attributes, timestamp delta
      fields.varint() // offset delta
      const keyStart = fields.at
      fields.skip()
      const key = this.#memory.subarray(keyStart, fields.at)
      yield { key, value: fields.field(), headers: this.#memory.subarray(fields.at, end) }
      fields.at = end
    }
  }

  #reserve(bytes: number): void {
    const needed = this.#end + bytes
    if (needed <= this.#memory.length) return
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, 2 * this.#memory.length))
    this.#memory.copy(larger, 0, 0, this.#end)
    this.#memory = larger
  }
}

function copyTo(target: Buffer, at: number, source: Buffer): number {
  const { length } = source
  if (length > shortBytes) target.set(source, at)
  else for (let i = 0; i < length; i++) target[at + i] = source[i]!
  return at + length
}
