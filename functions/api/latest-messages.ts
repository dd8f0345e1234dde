/**
 * Finds the latest messages of one key. Kafka has no index by key, so this reads backwards in windows: from the
 * partition's end, then from the book's last count.
 */

import { lineHeaderName, parseLineHeader } from '../../books/line-header.ts'
import type { LogRecord } from '../../kafka/records/record.ts'

export type MessageLog = {
  readonly start: number
  readonly end: number
  readonly offsetAt: (timeMs: number) => Promise<number | undefined>
  readonly read: (from: number, to: number, onRecord: (record: LogRecord) => void) => Promise<unknown>
}

export type Message = {
  readonly offset: number
  /** Unix time; -1 when the record has none. */
  readonly timestampMs: number
  readonly text: string | null
  /** The length of the whole value. */
  readonly bytes: number
  /** The line number; null for messages of other producers. */
  readonly line: number | null
}

const shownBytes = 400
const firstWindow = 500
const maxWindow = 10_000
const maxMessages = 20_000
const maxBytes = 16 * 1024 * 1024

/**
 * Returns up to `limit` messages, latest first, within the limits of the search.
 * @param aroundMs when the book's count last changed
 */
export async function latestMessages(
  log: MessageLog,
  key: Buffer,
  limit: number,
  aroundMs: number,
): Promise<readonly Message[]> {
  const found = await searchBackward(log, log.end, key, limit)
  if (found.length > 0) return found
  const after = await log.offsetAt(aroundMs + 1)
  return after === undefined ? [] : searchBackward(log, after, key, limit)
}

async function searchBackward(
  { start, read }: MessageLog,
  end: number,
  key: Buffer,
  limit: number,
): Promise<readonly Message[]> {
  const found: Message[] = []
  let to = end
  let bytes = 0
  for (let window = firstWindow; to > start && found.length < limit; ) {
    const from = Math.max(start, to - window)
    const matching: Message[] = []
    await read(from, to, (record) => {
      bytes += (record.value?.length ?? 0) + (record.key?.length ?? 0)
      if (record.offset < to && record.key?.equals(key)) matching.push(messageOf(record))
    })
    found.push(...matching.reverse())
    to = from
    const searched = end - to
    const affordable = Math.floor((maxBytes - bytes) / Math.max(1, bytes / searched))
    window = Math.min(maxWindow, maxMessages - searched, affordable)
    if (window <= 0) break
  }
  return found.slice(0, limit)
}

function messageOf({ offset, timestamp, value, headers }: LogRecord): Message {
  const header = headers.find(([name]) => name === lineHeaderName)?.[1]
  return {
    offset,
    timestampMs: timestamp,
    text: value === null ? null : value.subarray(0, shownBytes).toString(),
    bytes: value?.length ?? 0,
    line: header === undefined ? null : (parseLineHeader(header)?.number ?? null),
  }
}
