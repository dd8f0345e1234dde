import { FieldReader } from '../../../kafka/records/field-reader.ts'
import type { PolledRecord, RecordSource } from '../mapping/poller.ts'
import type { DecodedField, RecordDecoder } from './record-decoder.ts'

/** The deserialized records of a partition. `peek` returns undefined while the record's schema loads. */
export class DecodedSource implements RecordSource {
  readonly #source: RecordSource
  readonly #decoder: RecordDecoder
  #current: PolledRecord | undefined

  constructor(source: RecordSource, decoder: RecordDecoder) {
    this.#source = source
    this.#decoder = decoder
  }

  get partition(): number {
    return this.#source.partition
  }

  get position(): number {
    return this.#source.position
  }

  peek(): PolledRecord | undefined {
    const record = this.#source.peek()
    if (record === undefined) return undefined
    if (this.#current?.offset !== record.offset) this.#current = this.#decoded(record)
    return this.#current
  }

  take(): void {
    this.#current = undefined
    this.#source.take()
  }

  #decoded(record: PolledRecord): PolledRecord | undefined {
    const { offset, timestamp, timestampType, bytes, from, to } = record
    const fields = new FieldReader(bytes, from)
    const [key, value] = [fields.field(), fields.field()]
    const decoded = this.#decoder.decode(record, key, value)
    if (decoded === undefined) return undefined
    if ('refused' in decoded) {
      return { offset, timestamp, timestampType, bytes, from, to, value, refused: decoded.refused }
    }
    const headers = bytes.subarray(fields.at, to)
    const written = Buffer.concat([...field(decoded.key), ...field(decoded.value), headers])
    const schemaMetadata = metadataText(decoded.key, decoded.value)
    return {
      ...{ offset, timestamp, timestampType, bytes: written, from: 0, to: written.length },
      value: decoded.value.json,
      ...(schemaMetadata !== undefined && { schemaMetadata }),
    }
  }
}

function metadataText(key: DecodedField, value: DecodedField): string | undefined {
  if (key.metadata === undefined && value.metadata === undefined) return undefined
  return JSON.stringify({
    ...(key.metadata && { keySchemaMetadata: key.metadata }),
    ...(value.metadata && { valueSchemaMetadata: value.metadata }),
  })
}

/** Encodes a field as in a record batch: its length, -1 for null, then its bytes. */
function field({ bytes }: DecodedField): readonly Buffer[] {
  return bytes === null ? [varint(-1)] : [varint(bytes.length), bytes]
}

/** Zig-zag encoding, up to 31 bits. */
function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = (value << 1) ^ (value >> 31)
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
  return Buffer.from([...bytes, rest])
}
