/**
 * The binary Kafka event between the local service and its containers (layout: `packed-format.ts`): half the
 * size of JSON, and faster to decode.
 */
import { FieldReader, RepeatedField } from '../kafka/records/field-reader.ts'
import type { LogRecord, TimestampType } from '../kafka/records/record.ts'
import { lazyEvent } from './event-cursor.ts'
import type { KafkaEvent, KafkaEventRecord } from './kafka-event.ts'
import { PackedCursor } from './packed-cursor.ts'
import { hasSchemaMetadata, headBytes, type PackedLists } from './packed-format.ts'

export type EventSource = Pick<KafkaEvent, 'eventSource' | 'eventSourceArn' | 'bootstrapServers'>

export type PackedEvent = {
  readonly head: PackedHead
  /** In the order of the head's partitions. */
  readonly body: readonly Buffer[]
}

export type PackedHead = PackedLists & { readonly source: EventSource }

/** Key, value and headers are the bytes in [`from`, `to`). */
export type RecordInMemory = Pick<LogRecord, 'offset' | 'timestamp' | 'timestampType'> & {
  readonly bytes: Buffer
  readonly from: number
  readonly to: number
  /** JSON of `keySchemaMetadata`, `valueSchemaMetadata` or both. */
  readonly schemaMetadata?: string
}

const logAppendTime = 1
const timestampTypes: readonly TimestampType[] = ['CREATE_TIME', 'LOG_APPEND_TIME']
/** Up to this length, a loop copies faster. */
const shortBytes = 64

export class PackedRecords {
  /** Where record i ends. */
  readonly #ends: number[] = []
  #bytes: Buffer
  #view: DataView
  #at = 0

  constructor(capacity = 4_096) {
    this.#bytes = Buffer.allocUnsafeSlow(capacity)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#at
  }

  append({ offset, timestamp, timestampType, bytes, from, to, schemaMetadata = '' }: RecordInMemory): void {
    this.#reserve(headBytes + 2 + schemaMetadata.length + to - from)
    this.#view.setFloat64(this.#at, offset, true)
    this.#view.setFloat64(this.#at + 8, timestamp, true)
    this.#bytes[this.#at + 16] = timestampTypes.indexOf(timestampType)
    this.#at += headBytes
    if (schemaMetadata !== '') this.#appendMetadata(schemaMetadata)
    this.#copy(bytes, from, to)
    this.#ends.push(this.#at)
  }

  /** A view of records [`first`, `end`). */
  slice(first = 0, end = this.#ends.length): Buffer {
    return this.#bytes.subarray(
      first === 0 ? 0 : this.#ends[first - 1]!,
      end === 0 ? 0 : this.#ends[end - 1]!,
    )
  }

  /** @param json in ASCII */
  #appendMetadata(json: string): void {
    this.#bytes[this.#at - 1]! |= hasSchemaMetadata
    this.#view.setUint16(this.#at, json.length, true)
    this.#bytes.write(json, this.#at + 2, 'latin1')
    this.#at += 2 + json.length
  }

  #copy(source: Buffer, from: number, to: number): void {
    const target = this.#bytes
    let at = this.#at
    this.#at = at + to - from
    if (to - from > shortBytes) source.copy(target, at, from, to)
    else for (let i = from; i < to; i++) target[at++] = source[i]!
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const grown = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, this.#at + size))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
    this.#view = new DataView(grown.buffer)
  }
}

/** Equals the parsed JSON of the event. Creates the records at first use. */
export function unpackEvent(head: PackedHead, body: Buffer): KafkaEvent {
  const records = () => unpackLists(head, body)
  return lazyEvent(head.source, records, (headerName) => new PackedCursor(head, body, headerName))
}

function unpackLists({ topic, partitions }: PackedHead, body: Buffer): KafkaEvent['records'] {
  const records: Record<string, KafkaEventRecord[]> = {}
  let start = 0
  for (const { partition, bytes } of partitions) {
    records[`${topic}-${partition}`] = unpackRecords(topic, partition, body.subarray(start, start + bytes))
    start += bytes
  }
  return records
}

export function packedJson({ head, body }: PackedEvent): Buffer {
  return Buffer.from(JSON.stringify(unpackEvent(head, Buffer.concat(body))))
}

function unpackRecords(topic: string, partition: number, bytes: Buffer): KafkaEventRecord[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const fields = new FieldReader(bytes)
  const keys = new RepeatedField((key) => key.toString('base64'))
  const names = new RepeatedField((name) => name.toString())
  const records: KafkaEventRecord[] = []
  while (fields.at < bytes.length) {
    const offset = view.getFloat64(fields.at, true)
    const timestamp = view.getFloat64(fields.at + 8, true)
    const flags = bytes[fields.at + 16]!
    const timestampType = timestampTypes[flags & logAppendTime]!
    fields.at += headBytes
    const metadata = (flags & hasSchemaMetadata) === 0 ? undefined : unpackMetadata(fields)
    const key = keys.next(fields)
    const value = base64Value(fields)
    const headers = unpackHeaders(fields, names)
    const record = eventRecord({ topic, partition, offset, timestamp, timestampType, headers }, key, value)
    records.push(metadata === undefined ? record : { ...record, ...metadata })
  }
  return records
}

function unpackMetadata(
  fields: FieldReader,
): Pick<KafkaEventRecord, 'keySchemaMetadata' | 'valueSchemaMetadata'> {
  const start = fields.at + 2
  fields.at = start + fields.bytes.readUInt16LE(fields.at)
  return JSON.parse(fields.bytes.toString('latin1', start, fields.at))
}

/** Omits a null key or value and orders the fields as AWS does. */
function eventRecord(
  record: Omit<KafkaEventRecord, 'key' | 'value'>,
  key: string | undefined,
  value: string | undefined,
): KafkaEventRecord {
  const { topic, partition, offset, timestamp, timestampType, headers } = record
  if (key === undefined) {
    return value === undefined
      ? { topic, partition, offset, timestamp, timestampType, headers }
      : { topic, partition, offset, timestamp, timestampType, value, headers }
  }
  return value === undefined
    ? { topic, partition, offset, timestamp, timestampType, key, headers }
    : { topic, partition, offset, timestamp, timestampType, key, value, headers }
}

function base64Value(fields: FieldReader): string | undefined {
  const length = fields.skip()
  return length < 0 ? undefined : fields.bytes.toString('base64', fields.at - length, fields.at)
}

function unpackHeaders(fields: FieldReader, names: RepeatedField<string>): KafkaEventRecord['headers'] {
  const count = fields.varint()
  const headers: KafkaEventRecord['headers'][number][] = []
  for (let i = 0; i < count; i++) {
    const name = names.next(fields) ?? ''
    headers.push({ [name]: byteNumbers(fields) })
  }
  return headers
}

/** Signed, as AWS sends them. */
function byteNumbers(fields: FieldReader): number[] {
  const length = fields.skip()
  const numbers: number[] = []
  for (let i = fields.at - Math.max(0, length); i < fields.at; i++)
    numbers.push((fields.bytes[i]! << 24) >> 24)
  return numbers
}
