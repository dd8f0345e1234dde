import { FieldReader, RepeatedField } from '../../../kafka/records/field-reader.ts'
import type { RecordInMemory } from '../../../lambda/packed-records.ts'

const around = '{"topic":,"partition":,"offset":,"timestamp":,"timestampType":"","headers":[]}'.length
const aroundKey = ',"key":""'.length
const aroundValue = ',"value":""'.length
const aroundHeader = '{:[]}'.length
/** Length of each byte as a signed decimal, the format of header values in AWS's events. */
const digitsOfByte = Uint8Array.from({ length: 256 }, (_, byte) => String((byte << 24) >> 24).length)

/** Computes the bytes of records in the event's JSON, without building it. */
export class RecordSizes {
  readonly #around: number
  readonly #fields = new FieldReader()
  readonly #names = new RepeatedField((name) => Buffer.byteLength(JSON.stringify(name.toString())))

  constructor(topic: string) {
    this.#around = around + Buffer.byteLength(JSON.stringify(topic))
  }

  of(partition: number, record: RecordInMemory): number {
    const { offset, timestamp, timestampType, bytes, from, schemaMetadata } = record
    const fields = this.#fields
    fields.bytes = bytes
    fields.at = from
    const size = this.#around + digits(partition) + digits(offset) + digits(timestamp) + timestampType.length
    // The metadata gets a leading comma and loses two braces.
    const metadata = schemaMetadata === undefined ? 0 : schemaMetadata.length - 1
    return (
      size +
      metadata +
      base64Size(fields.skip(), aroundKey) +
      base64Size(fields.skip(), aroundValue) +
      this.#headers()
    )
  }

  #headers(): number {
    const fields = this.#fields
    const count = fields.varint()
    let size = Math.max(0, count - 1) // commas
    for (let i = 0; i < count; i++) {
      size += aroundHeader + (this.#names.next(fields) ?? '""'.length)
      const length = fields.skip()
      size += Math.max(0, length - 1)
      for (let at = fields.at - Math.max(0, length); at < fields.at; at++)
        size += digitsOfByte[fields.bytes[at]!]!
    }
    return size
  }
}

function base64Size(length: number, around: number): number {
  return length < 0 ? 0 : around + 4 * Math.ceil(length / 3)
}

/** Counts the characters of an integer up to 2^53, or of Kafka's timestamp -1 (none). */
function digits(number: number): number {
  if (number < 0) return String(number).length
  let count = 1
  for (let power = 10; power <= number; power *= 10) count++
  return count
}
