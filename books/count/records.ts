import type { LogRecord } from '../../kafka/records/record.ts'
import { type EventCursor, readEvent } from '../../lambda/event-cursor.ts'
import type { KafkaEvent } from '../../lambda/kafka-event.ts'
import { AppError } from '../../lib/errors.ts'
import { isWholeNumber } from '../../lib/json.ts'
import { lineHeaderName, parseLineHeader } from '../line-header.ts'
import { foreign, type Line, removal } from './count.ts'
import type { CountedRecord } from './ledger.ts'

export function countedRecord({ offset, key, value, headers }: LogRecord): CountedRecord {
  const header = headers.find(([name]) => name === lineHeaderName)?.[1]
  return { offset, book: key === null ? null : key.toString('base64'), line: lineOf(value === null, header) }
}

/** Does not decode values. `oldest` is in milliseconds since 1970. @throws EVENT_INVALID, NOT_FROM_THIS_TOPIC */
export function countedEvent(event: KafkaEvent, topic: string) {
  return readEvent(event, lineHeaderName, (cursor) => {
    const partitions = new Map<number, readonly CountedRecord[]>()
    const canonicalKeys = new Map<string, string>()
    let oldest = Number.POSITIVE_INFINITY
    while (cursor.nextList()) {
      const records: CountedRecord[] = []
      let partition: number | undefined
      while (cursor.next()) {
        // A partition's first record is its oldest.
        if (partition === undefined) oldest = Math.min(oldest, cursor.timestamp)
        partition ??= cursor.partition
        rejectForeignRecord(cursor, topic, partition)
        records.push(recordAt(cursor, canonicalKeys))
      }
      if (partition !== undefined) partitions.set(partition, records)
    }
    return { partitions, oldest }
  })
}

function rejectForeignRecord(record: EventCursor, topic: string, partition: number): void {
  const { offset } = record
  if (record.topic !== topic || record.partition !== partition) {
    throw new AppError(
      'NOT_FROM_THIS_TOPIC',
      `The event has a record of ${record.topic}[${record.partition}] at offset ${offset}, but this function counts ${topic}. Nothing was counted. Check USERID, and the topic of the event source mapping.`,
    )
  }
  if (!isWholeNumber(offset) || !isWholeNumber(partition)) {
    throw new AppError(
      'EVENT_INVALID',
      `The event has a record of ${topic}[${partition}] at offset ${offset}, but partition and offset must be whole numbers. Nothing was counted. events/count.json shows a valid event.`,
    )
  }
}

function recordAt(
  { offset, key, isNull, header }: EventCursor,
  canonicalKeys: Map<string, string>,
): CountedRecord {
  return {
    offset,
    book: key === undefined ? null : canonical(key, canonicalKeys),
    line: lineOf(isNull, header),
  }
}

/** Re-encodes keys, since the same bytes can have several base64 encodings. */
function canonical(key: string, known: Map<string, string>): string {
  let spelling = known.get(key)
  if (spelling === undefined) {
    spelling = Buffer.from(key, 'base64').toString('base64')
    known.set(key, spelling)
  }
  return spelling
}

/** Only a null value without a header is a removal. */
function lineOf(isNull: boolean, header: ArrayLike<number> | undefined): Line {
  const parsed = header === undefined ? undefined : parseLineHeader(header)
  if (parsed !== undefined) {
    const { edition, number, end } = parsed
    return { kind: 'line', edition, number, end }
  }
  return isNull ? removal : foreign
}
