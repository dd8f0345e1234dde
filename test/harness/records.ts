/** Records in the forms that the code has them in. */

import { headersField, keyField } from '../../lib/kafka/wire/record-batch.ts'
import type { RawRecord } from '../../lib/kafka-event.ts'
import type { RecordInMemory } from '../../lib/packed-event.ts'
import { RecordReader, readBatches } from '../../local/kafka-event-source/kafka/record-batches.ts'

/** A copy of a record that a reader is at. */
export function copyOf(record: RawRecord): RawRecord {
  const { offset, timestamp, timestampType, key, value, headers } = record
  return { offset, timestamp, timestampType, key, value, headers }
}

/** All records of these batches. */
export function recordsIn(batches: Buffer): RawRecord[] {
  const records: RawRecord[] = []
  for (const batch of readBatches(batches)) {
    const reader = new RecordReader(batch)
    while (reader.next()) records.push(copyOf(reader))
  }
  return records
}

/** The record as it would be in a batch, with other bytes around it. */
export function inMemory({
  offset,
  timestamp,
  timestampType,
  key,
  value,
  headers,
}: RawRecord): RecordInMemory & {
  readonly value: Buffer | null
} {
  const [before, after] = [Buffer.from('before'), Buffer.from('after')]
  const bytes = Buffer.concat([before, keyField(key), keyField(value), headersField(headers), after])
  const [from, to] = [before.length, bytes.length - after.length]
  return { offset, timestamp, timestampType, value, bytes, from, to }
}
