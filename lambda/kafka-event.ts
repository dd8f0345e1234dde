/**
 * Encodes and decodes the Kafka event of Lambda (AWS Lambda developer guide, pages `with-kafka` and `with-msk`).
 * `records` maps "<topic>-<partition>" to records. Keys and values are base64. Headers are arrays of byte numbers, one
 * object per header, so that repeated names keep their order. AWS sends signed bytes, from -128 to 127, because its event
 * source is written in Java; the decoder also accepts the unsigned bytes of other emulators. AWS sends a null key or
 * value as null or omits the field.
 */
import type { LogRecord, TimestampType } from '../kafka/records/record.ts'

/** The schema of a key or value that Lambda validated with a schema registry (page `services-consume-kafka-events`). */
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

/** Signed bytes, as AWS sends them: -61 instead of 195. */
function signed(bytes: Buffer): Int8Array {
  return new Int8Array(bytes.buffer, bytes.byteOffset, bytes.length)
}

/** @param records encoded records per "<topic>-<partition>" */
export function encodeEvent(
  source: Pick<KafkaEvent, 'eventSource' | 'eventSourceArn' | 'bootstrapServers'>,
  records: ReadonlyMap<string, readonly string[]>,
): string {
  const { eventSource, eventSourceArn, bootstrapServers } = source
  const head = JSON.stringify({ eventSource, eventSourceArn, bootstrapServers })
  const partitions = [...records].map(([name, list]) => `${JSON.stringify(name)}:[${list.join(',')}]`)
  return `${head.slice(0, -1)},"records":{${partitions.join(',')}}}`
}
