import { FieldReader } from '../kafka/records/field-reader.ts'
import type { TimestampType } from '../kafka/records/record.ts'
import { runHead, runHeadBytes } from './packed-format.ts'

export class PackedReader {
  offset = 0
  timestamp = 0
  timestampType: TimestampType = 'CREATE_TIME'
  /** JSON, or empty. */
  metadata = ''
  /** Its position is the record's key after `next`. */
  readonly fields: FieldReader
  readonly #view: DataView
  #baseOffset = 0
  #baseTimestamp = 0
  #isLogAppendTime = false
  #next = 0
  #runEnd = 0

  constructor(body: Buffer) {
    this.fields = new FieldReader(body)
    this.#view = new DataView(body.buffer, body.byteOffset, body.length)
  }

  /** @returns false when the next record is not before `end` */
  next(end: number): boolean {
    if (this.#next >= end) return false
    if (this.#next === this.#runEnd) this.#readHead()
    const { fields } = this
    fields.at = this.#next
    const length = fields.varint()
    this.#next = fields.at + length
    fields.at++ // attributes: unused by Kafka
    const timestampDelta = fields.varint()
    this.timestamp = this.#isLogAppendTime ? this.#baseTimestamp : this.#baseTimestamp + timestampDelta
    this.offset = this.#baseOffset + fields.varint()
    return true
  }

  #readHead(): void {
    const view = this.#view
    const head = this.#next
    const metadata = head + runHeadBytes
    const records = metadata + view.getUint16(head + runHead.metadataBytes, true)
    this.#baseOffset = view.getFloat64(head + runHead.offset, true)
    this.#baseTimestamp = view.getFloat64(head + runHead.timestamp, true)
    this.#isLogAppendTime = view.getUint8(head + runHead.isLogAppendTime) === 1
    this.timestampType = this.#isLogAppendTime ? 'LOG_APPEND_TIME' : 'CREATE_TIME'
    this.metadata = this.fields.bytes.toString('latin1', metadata, records)
    this.#next = records
    this.#runEnd = records + view.getUint32(head + runHead.recordsBytes, true)
  }
}
