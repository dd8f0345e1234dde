/**
 * The Kafka event of Lambda (AWS Lambda developer guide, pages `with-kafka` and `with-msk`). `records` maps
 * "<topic>-<partition>" to records. Keys and values are base64; null ones are null or absent. Header bytes are
 * signed (-128 to 127); emulators also send unsigned ones.
 */
import type { LogRecord, TimestampType } from '../kafka/records/record.ts'

/** Set by Lambda after schema validation (page `services-consume-kafka-events`). */
export type RecordSchemaMetadata = { readonly dataFormat: string; readonly schemaId: string }

export type KafkaEventRecord = {
  readonly topic: string
  readonly partition: number
  readonly offset: number
  readonly timestamp: number
  readonly timestampType: TimestampType
  readonly key?: string | null
  readonly value?: string | null
  readonly headers: readonly Readonly<Record<string, readonly number[]>>[]
  readonly keySchemaMetadata?: RecordSchemaMetadata
  readonly valueSchemaMetadata?: RecordSchemaMetadata
}

export type KafkaEvent = {
  readonly eventSource: 'SelfManagedKafka' | 'aws:kafka'
  readonly eventSourceArn?: string
  readonly bootstrapServers: string
  readonly records: Readonly<Record<string, readonly KafkaEventRecord[]>>
}

export function encodeRecord(topic: string, partition: number, record: LogRecord): string {
  const { offset, timestamp, timestampType, key, value, headers } = record
  return JSON.stringify({
    ...{ topic, partition, offset, timestamp, timestampType },
    ...(key !== null && { key: key.toString('base64') }),
    ...(value !== null && { value: value.toString('base64') }),
    headers: headers.map(([name, bytes]) => ({ [name]: [...signed(bytes)] })),
  })
}

function signed(bytes: Buffer): Int8Array {
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** @param records encoded records by "<topic>-<partition>" */
export function encodeEvent(
  source: Pick<KafkaEvent, 'eventSource' | 'eventSourceArn' | 'bootstrapServers'>,
  records: ReadonlyMap<string, readonly string[]>,
): string {
  const { eventSource, eventSourceArn, bootstrapServers } = source
  const head = JSON.stringify({ eventSource, eventSourceArn, bootstrapServers })
  const partitions = [...records].map(([name, list]) => `${JSON.stringify(name)}:[${list.join(',')}]`)
  return `${head.slice(0, -1)},"records":{${partitions.join(',')}}}`
}
