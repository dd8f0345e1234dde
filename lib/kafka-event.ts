/**
 * The Kafka event as Lambda delivers it, both directions in one place (AWS Lambda developer guide, pages `with-kafka`
 * and `with-msk`): `records` maps "<topic>-<partition>" to records whose key and value are base64 and whose headers
 * are arrays of byte numbers, one object per header so that a repeated name keeps its order. The bytes are signed, from
 * -128 to 127, because AWS's event source is written in Java; readers accept the unsigned form of other emulators too.
 * A null key or value is an omitted field or null; AWS has been seen doing both, so both are read.
 */
import type { LogRecord, TimestampType } from '../kafka/records/record.ts'

/** The schema of a key or value that Lambda validated with a schema registry (page `services-consume-kafka-events`). */
export type SchemaMetadata = { readonly dataFormat: string; readonly schemaId: string }

export type KafkaEventRecord = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key?: string | null
  readonly value?: string | null
  readonly headers: readonly Readonly<Record<string, readonly number[]>>[]
  readonly keySchemaMetadata?: SchemaMetadata
  readonly valueSchemaMetadata?: SchemaMetadata
}

export type KafkaEvent = {
  readonly eventSource: 'SelfManagedKafka' | 'aws:kafka'
  readonly eventSourceArn?: string
  readonly bootstrapServers: string
  readonly records: Readonly<Record<string, readonly KafkaEventRecord[]>>
}

/** One record as event JSON. */
export function encodeRecord(topic: string, partition: number, record: LogRecord): string {
  const { offset, timestamp, timestampType, key, value, headers } = record
  return JSON.stringify({
    ...{ topic, partition, offset, timestamp, timestampType },
    ...(key !== null && { key: key.toString('base64') }),
    ...(value !== null && { value: value.toString('base64') }),
    headers: headers.map(([name, bytes]) => ({ [name]: [...signed(bytes)] })),
  })
}

/** The bytes as AWS writes them: -61, where an unsigned byte is 195. */
function signed(bytes: Buffer): Int8Array {
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** The event around records that are encoded already, per "<topic>-<partition>". */
export function encodeEvent(
  source: Pick<KafkaEvent, 'eventSource' | 'eventSourceArn' | 'bootstrapServers'>,
  records: ReadonlyMap<string, readonly string[]>,
): string {
  const { eventSource, eventSourceArn, bootstrapServers } = source
  const head = JSON.stringify({ eventSource, eventSourceArn, bootstrapServers })
  const partitions = [...records].map(([name, list]) => `${JSON.stringify(name)}:[${list.join(',')}]`)
  return `${head.slice(0, -1)},"records":{${partitions.join(',')}}}`
}

/** Null, or the bytes. AWS omits the field or sends null for a null key or value. */
export function decodeBytes(base64: string | null | undefined): Buffer | null {
  return base64 === null || base64 === undefined ? null : Buffer.from(base64, 'base64')
}

/** The first header of this name as Latin-1 text, from signed or unsigned bytes, or undefined. */
export function headerText(record: Pick<KafkaEventRecord, 'headers'>, name: string): string | undefined {
  for (const header of record.headers) {
    const bytes = header[name]
    if (bytes !== undefined) return Buffer.from(bytes).toString('latin1')
  }
  return undefined
}
