import { keyField, recordFrame } from '../../../kafka/records/batch-writer.ts'
import { FieldReader } from '../../../kafka/records/field-reader.ts'
import type { PolledRecord, RecordSource } from '../batch/record-source.ts'
import type { DecodedField, RecordDecoder } from './record-decoder.ts'

/** `peek` returns undefined while the record's schema loads. */
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
    const base = { offset, timestamp, timestampType }
    const fields = new FieldReader(bytes, from)
    const [key, value] = [fields.field(), fields.field()]
    const decoded = this.#decoder.decode(record, key, value)
    if (decoded === undefined) return undefined
    if ('failure' in decoded) {
      const { start } = record
      return { ...base, base: record.base, bytes, start, from, to, value, discardCondition: decoded.failure }
    }
    const headers = bytes.subarray(fields.at, to)
    const written = Buffer.concat([keyField(decoded.key.bytes), keyField(decoded.value.bytes), headers])
    const frame = recordFrame(written)
    const schemaMetadata = metadataText(decoded.key, decoded.value)
    return {
      ...{ ...base, base, bytes: frame, start: 0, from: frame.length - written.length, to: frame.length },
      value: decoded.value.json,
      ...(schemaMetadata !== undefined && { schemaMetadata }),
    }
  }
}

function metadataText(key: DecodedField, value: DecodedField): string | undefined {
  if (key.metadata === undefined && value.metadata === undefined) return undefined
  return JSON.stringify({ keySchemaMetadata: key.metadata, valueSchemaMetadata: value.metadata })
}
