import { FieldReader, RepeatedField } from '../../../kafka/records/field-reader.ts'
import type { RecordInMemory } from '../../../lambda/packed-records.ts'

type SizedRecord = Pick<
  RecordInMemory,
  'offset' | 'timestamp' | 'timestampType' | 'bytes' | 'from' | 'schemaMetadata'
>

const around = '{"topic":,"partition":,"offset":,"timestamp":,"timestampType":"","headers":[]}'.length
const aroundKey = ',"key":""'.length
const aroundValue = ',"value":""'.length
const aroundHeader = '{:[]}'.length
const maxFramingBytes =
  around + '-2147483648'.length + 2 * String(Number.MIN_SAFE_INTEGER).length + 'LOG_APPEND_TIME'.length
/** Maximum JSON bytes of a header byte: a byte of a name can become `\u0001`, a byte of a value `-128,`. */
const maxHeaderByteSize = 6
/** Length of each byte as a signed decimal, the format of header values in AWS's events. */
const digitsOfByte = Uint8Array.from({ length: 256 }, (_, byte) => String((byte << 24) >> 24).length)

/** Computes the bytes of records in the event's JSON, without building it. */
export class RecordSizes {
  readonly #topicBytes: number
  readonly #fields = new FieldReader()
  readonly #names = new RepeatedField((name) => Buffer.byteLength(JSON.stringify(name.toString())))

  constructor(topic: string) {
    this.#topicBytes = Buffer.byteLength(JSON.stringify(topic))
  }

  of(partition: number, record: SizedRecord): number {
    const { offset, timestamp, timestampType, schemaMetadata = '' } = record
    const numbers = digits(partition) + digits(offset) + digits(timestamp)
    // The JSON of the metadata follows a comma, without its two braces.
    const metadata = Math.max(0, schemaMetadata.length - 1)
    const keyAndValue = this.#keyAndValue(record)
    return (
      around + this.#topicBytes + numbers + timestampType.length + metadata + keyAndValue + this.#headers()
    )
  }

  /** Returns an upper limit of the size, which is faster to compute. */
  atMost(record: SizedRecord & Pick<RecordInMemory, 'to'>): number {
    const { to, schemaMetadata = '' } = record
    const keyAndValue = this.#keyAndValue(record)
    const headers = maxHeaderByteSize * (to - this.#fields.at)
    return maxFramingBytes + this.#topicBytes + schemaMetadata.length + keyAndValue + headers
  }

  #keyAndValue({ bytes, from }: SizedRecord): number {
    const fields = this.#fields
    fields.bytes = bytes
    fields.at = from
    return base64Size(fields.skip(), aroundKey) + base64Size(fields.skip(), aroundValue)
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
