import { AppError } from '../../lib/errors.ts'
import { editionOf, LineHeaders } from '../line-header.ts'
import { LineSplitter } from '../lines.ts'
import type { ObjectPosition, StoredBook } from './stored-book.ts'
import { textOf } from './text.ts'

export type RecordWriter = {
  /** Queues a copy of `value` between `from` and `to`; null is a removal. Returns false when the buffer is full. */
  offer(value: Buffer | null, header?: Buffer, from?: number, to?: number): boolean
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
  const splitter = new LineSplitter(from.byte)
  const headers = new LineHeaders(editionOf(book.etag), from.byte === 0 ? 0 : from.line)
  const skips = from.byte === 0 && from.line > 0
  let held: Buffer | undefined
  let [heldFrom, heldTo] = [0, 0]
  for await (const isEnd of fed(textOf(name, book), splitter)) {
    while (isEnd ? splitter.end() : splitter.next()) {
      if (held !== undefined) {
        const header = headers.next(false)
        if (headers.number > from.line)
          while (!writer.offer(held, header, heldFrom, heldTo)) await writer.room()
      }
      held = splitter.bytes
      heldFrom = splitter.from
      heldTo = splitter.to
      if (heldTo - heldFrom > limit) throw lineTooLong(name, headers.number + 1, heldTo - heldFrom, limit)
    }
    if (splitter.pending > limit) {
      throw lineTooLong(name, headers.number + (held === undefined ? 1 : 2), splitter.pending, limit)
    }
    const hasProgress = headers.number > from.line
    if (!isEnd && (hasProgress || skips) && timeIsUp()) {
      if (!hasProgress) throw cannotSkip(name, from.line)
      const byte = book.gzip ? 0 : splitter.lineStart
      return { lines: headers.number, stopped: { etag: book.etag, line: headers.number, byte } }
    }
  }
  if (held !== undefined) {
    const header = headers.next(true)
    while (!writer.offer(held, header, heldFrom, heldTo)) await writer.room()
  }
  return { lines: headers.number }
}

/** Yields true after the last chunk. */
async function* fed(chunks: AsyncIterable<Buffer>, splitter: LineSplitter): AsyncGenerator<boolean, void> {
  for await (const chunk of chunks) {
    splitter.add(chunk)
    yield false
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
