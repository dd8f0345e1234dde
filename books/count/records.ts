import type { LogRecord } from '../../kafka/records/record.ts'
import type { KafkaEvent, KafkaEventRecord } from '../../lambda/kafka-event.ts'
import { AppError } from '../../lib/errors.ts'
import { lineHeaderName, parseLineHeader } from '../line-header.ts'
import { foreign, type Line, removal } from './count.ts'
import type { CountedRecord } from './ledger.ts'

export function countedRecord({ offset, key, value, headers }: LogRecord): CountedRecord {
  const header = headers.find(([name]) => name === lineHeaderName)?.[1]
  return { offset, book: key === null ? null : key.toString('base64'), line: lineOf(value === null, header) }
}

/**
 * Groups an event's records by partition, in order. Decodes no values: counting needs only to know whether they are null.
 * @throws EVENT_INVALID when it is not a Kafka event; NOT_FROM_THIS_TOPIC when its records are of another topic
 */
export function countedPartitions(
  event: KafkaEvent,
  topic: string,
): ReadonlyMap<number, readonly CountedRecord[]> {
  const byPartition = new Map<number, readonly CountedRecord[]>()
  const canonicalKeys = new Map<string, string>()
  for (const records of Object.values(recordLists(event))) {
    if (records.length === 0) continue
    const { partition } = records[0]!
    byPartition.set(
      partition,
      records.map((record) => fromEvent(record, topic, partition, canonicalKeys)),
    )
  }
  return byPartition
}

function recordLists(event: unknown): KafkaEvent['records'] {
  const records = (event as Partial<KafkaEvent> | null)?.records
  if (typeof records === 'object' && records !== null && Object.values(records).every(Array.isArray))
    return records
  throw new AppError(
    'EVENT_INVALID',
    'This is not an event of a Kafka event source mapping: it has no "records" by partition. events/count.json shows its shape.',
  )
}

function fromEvent(
  record: KafkaEventRecord,
  topic: string,
  partition: number,
  canonicalKeys: Map<string, string>,
): CountedRecord {
  const { offset, key, value } = record
  if (record.topic !== topic || record.partition !== partition) {
    throw new AppError(
      'NOT_FROM_THIS_TOPIC',
      `The event has a record of ${record.topic}[${record.partition}] at offset ${offset}, where this function counts ${topic}: nothing was counted. Check the topic of its event source mapping, and USERID.`,
    )
  }
  if (!Number.isSafeInteger(offset) || offset < 0 || !Number.isSafeInteger(partition)) {
    throw new AppError(
      'EVENT_INVALID',
      `A record of ${topic}[${partition}] has the offset ${offset}: not an offset.`,
    )
  }
  const book = key === null || key === undefined ? null : canonical(key, canonicalKeys)
  return { offset, book, line: lineOf(value === null || value === undefined, lineHeaderOf(record)) }
}

/** The same bytes can have several base64 encodings. */
function canonical(key: string, known: Map<string, string>): string {
  let spelling = known.get(key)
  if (spelling === undefined) {
    spelling = Buffer.from(key, 'base64').toString('base64')
    known.set(key, spelling)
  }
  return spelling
}

function lineHeaderOf({ headers }: KafkaEventRecord): ArrayLike<number> | undefined {
  // Handwritten events may have no headers.
  for (const header of headers ?? []) {
    const bytes = header[lineHeaderName]
    if (bytes !== undefined) return bytes
  }
  return undefined
}

/** A valid header makes a line of a null value too: ingest writes no header for a removal. */
function lineOf(isNull: boolean, header: ArrayLike<number> | undefined): Line {
  const parsed = header === undefined ? undefined : parseLineHeader(header)
  if (parsed !== undefined) return { kind: 'line', ...parsed }
  return isNull ? removal : foreign
}
