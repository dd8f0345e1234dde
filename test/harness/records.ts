/** Conversions between the representations of records. */
import type { LogReader } from '../../kafka/consumer/log-reader.ts'
import { RecordReader, readBatches } from '../../kafka/records/batch-reader.ts'
import { headersField, keyField, recordFrame } from '../../kafka/records/batch-writer.ts'
import type { LogRecord } from '../../kafka/records/record.ts'
import type { RecordInMemory } from '../../lambda/packed-records.ts'

/** Copies a reader's current record. */
export function copyOf(record: LogRecord): LogRecord {
  const { offset, timestamp, timestampType, key, value, headers } = record
  return { offset, timestamp, timestampType, key, value, headers }
}

/** Returns all records of these batches. */
export function recordsIn(batches: Buffer): LogRecord[] {
  const records: LogRecord[] = []
  for (const batch of readBatches(batches, 't[0]')) {
    const reader = new RecordReader(batch)
    while (reader.next()) records.push(copyOf(reader))
  }
  return records
}

/** Copies at least `atLeast` records of a partition, or all from this offset to its end. */
export async function readRecords(
  reader: LogReader,
  topic: string,
  partition: number,
  from: number,
  atLeast: number = Number.POSITIVE_INFINITY,
): Promise<LogRecord[]> {
  const records: LogRecord[] = []
  const isEnough = () => records.length >= atLeast
  await reader.readPartition(topic, partition, from, (record) => records.push(copyOf(record)), isEnough)
  return records
}

/** Returns the record with other bytes around it, as in a batch. */
export function inMemory({
  offset,
  timestamp,
  timestampType,
  key,
  value,
  headers,
}: LogRecord): RecordInMemory & {
  readonly value: Buffer | null
} {
  const [before, after] = [Buffer.from('before'), Buffer.from('after')]
  const fields = Buffer.concat([keyField(key), keyField(value), headersField(headers)])
  const bytes = Buffer.concat([before, recordFrame(fields), after])
  const to = bytes.length - after.length
  const base = { offset, timestamp, timestampType }
  return { ...base, base, value, bytes, start: before.length, from: to - fields.length, to }
}
