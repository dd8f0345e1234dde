import { setImmediate as nextTurn } from 'node:timers/promises'
import { AppError } from '../../lib/errors.ts'
import { editionOf, encodeLineHeader } from '../line-header.ts'
import { LineSplitter, type Lines } from '../lines.ts'
import type { ObjectPosition, StoredBook } from './stored-book.ts'
import { textOf } from './text.ts'

export type RecordWriter = {
  /** Queues a copy of `value`; null is a removal. Returns false when the buffer is full. */
  offer(value: Buffer | null, header?: Buffer): boolean
  /**
   * Queues copies of the first `ranges` of `bytes`, with consecutive numbers in their headers. Returns how many, 0 when
   * the buffer is full.
   */
  offerNumbered(bytes: Buffer, ranges: Int32Array, header: Buffer): number
  room(): Promise<void>
  /**
   * Resolves when all queued records are acknowledged. After a failure, the next call concerns only later records.
   * @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING, RECORD_TOO_LARGE
   */
  acknowledged(): Promise<void>
}

/** `byte` is the end of line number `line`, or 0 in compressed books. */
export type IngestPosition = ObjectPosition & { readonly line: number }

export type WriteResult = { readonly lines: number; readonly stopped?: IngestPosition }

/** The limit is 12 bytes below Kafka's default `message.max.bytes`. */
const maxRecordBytes = 1024 * 1024
/** The size of batch and record headers (KIP-98), rounded up. */
const recordOverheadBytes = 128

export function maxLineBytes(name: string): number {
  return maxRecordBytes - recordOverheadBytes - Buffer.byteLength(name)
}

/**
 * Holds one line back, so that the last line can be marked.
 * @param from the position where an earlier call stopped
 * @throws LINE_TOO_LONG, OBJECT_NOT_TEXT, OBJECT_UNREADABLE, ObjectChanged, TornEdition; NOT_CONTINUED when time is up
 *   before earlier lines are decompressed again
 */
export async function writeLines(
  name: string,
  book: StoredBook,
  writer: RecordWriter,
  timeIsUp: () => boolean,
  from: IngestPosition = { etag: book.etag, line: 0, byte: 0 },
): Promise<WriteResult> {
  const limit = maxLineBytes(name)
  const edition = editionOf(book.etag)
  const splitter = new LineSplitter(from.byte)
  const skips = from.byte === 0 && from.line > 0
  let number = skips ? 0 : from.line
  let held: Lines | undefined

  const write = async ({ bytes, ranges }: Lines) => {
    const skipped = Math.min(Math.max(0, from.line - number), ranges.length / 2)
    number += skipped
    for (let at = 2 * skipped; at < ranges.length; ) {
      const header = encodeLineHeader({ edition, number: number + 1, end: false })
      const written = writer.offerNumbered(bytes, ranges.subarray(at), header)
      number += written
      at += 2 * written
      if (written === 0) await writer.room()
    }
  }

  for await (const isEnd of fed(textOf(name, book), splitter)) {
    const next = () => (isEnd ? splitter.end() : splitter.next())
    for (let lines = next(); lines !== undefined; lines = next()) {
      if (held !== undefined) await write(held)
      const { ranges } = lines
      const long = indexOfLonger(ranges, limit)
      if (long !== undefined)
        throw lineTooLong(name, number + long / 2 + 1, ranges[long + 1]! - ranges[long]!, limit)
      await write({ ...lines, ranges: ranges.subarray(0, -2) })
      held = { ...lines, ranges: ranges.subarray(-2) }
    }
    if (splitter.pending > limit) {
      throw lineTooLong(name, number + (held === undefined ? 1 : 2), splitter.pending, limit)
    }
    const hasProgress = number > from.line
    if (!isEnd && (hasProgress || skips) && timeIsUp()) {
      if (held === undefined || !hasProgress) throw cannotSkip(name, from.line)
      const byte = book.gzip ? 0 : held.position + held.ranges[0]!
      return { lines: number, stopped: { etag: book.etag, line: number, byte } }
    }
  }
  if (held !== undefined) {
    const { bytes, ranges } = held
    const header = encodeLineHeader({ edition, number: ++number, end: true })
    while (!writer.offer(bytes.subarray(ranges[0], ranges[1]), header)) await writer.room()
  }
  return { lines: number }
}

function indexOfLonger(ranges: Int32Array, limit: number): number | undefined {
  for (let i = 0; i < ranges.length; i += 2) if (ranges[i + 1]! - ranges[i]! > limit) return i
  return undefined
}

/** Yields true after the last chunk. Between chunks the producer sends: one turn can read a whole book. */
async function* fed(chunks: AsyncIterable<Buffer>, splitter: LineSplitter): AsyncGenerator<boolean, void> {
  for await (const chunk of chunks) {
    splitter.add(chunk)
    yield false
    await nextTurn()
  }
  yield true
}

function cannotSkip(name: string, line: number): AppError {
  return new AppError(
    'NOT_CONTINUED',
    `"${name}" is compressed, so ingest must decompress it again from the start. The timeout expired before ingest reached line ${line}, the last written line. The count stops there. Set a longer timeout for ingest, or upload the book uncompressed.`,
  )
}

function lineTooLong(name: string, number: number, bytes: number, limit: number): AppError {
  return new AppError(
    'LINE_TOO_LONG',
    `Line ${number} of "${name}" has at least ${bytes} bytes; a Kafka record has room for ${limit}. The book is not counted: split the line and upload the book again.`,
  )
}
