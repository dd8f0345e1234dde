import { AppError, type ErrorCode } from '../../lib/errors.ts'
import { type Bucket, ObjectChanged, type StoredBook, TornEdition } from './stored-book.ts'
import { type Place, type RecordWriter, type Written, writeLines } from './write-lines.ts'

export type Ingestion = {
  readonly bucket: Bucket
  readonly writer: RecordWriter
  /** Asked after each chunk: true makes ingest stop behind the last line that it wrote. */
  readonly timeIsUp: () => boolean
}

/**
 * `lines` is 0 when the book was removed. `stopped`: a later call must go on, from the place where time was up, or from
 * the start of a book that is no longer the one that `from` was a place in.
 */
export type Ingested = { readonly lines: number; readonly rounds: number; readonly stopped?: Place | 'start' }

/** A book that is replaced more often than this while it is read must be tried again later. */
export const maxRounds = 10

/** What is wrong with the object itself: no retry would help. */
export const unfitCodes: ReadonlySet<ErrorCode> = new Set([
  'LINE_TOO_LONG',
  'RECORD_TOO_LARGE',
  'OBJECT_NOT_TEXT',
  'OBJECT_UNREADABLE',
])

/**
 * Brings one book into the log: observes the object, writes it whole, and observes it again until both agree, so that
 * the last state of the bucket is the last in the log, whatever the order, number or age of the events that led here.
 * A book that is gone, empty or unfit is written as a removal. Resolves when everything is acknowledged.
 * @param from where an earlier call stopped. Such a call writes no other edition than that one: if it failed behind lines
 *   of another, its retry would go on in the middle of a book whose beginning is no longer the last in the log.
 * @throws LINE_TOO_LONG, OBJECT_NOT_TEXT, OBJECT_UNREADABLE (not retryable, the removal is written);
 *   OBJECT_CHANGING, BUCKET_UNAVAILABLE and Kafka's errors
 */
export async function ingest(name: string, ingestion: Ingestion, from?: Place): Promise<Ingested> {
  for (let rounds = 1; rounds <= maxRounds; rounds++) {
    const round = await writeAsItIs(name, ingestion, from)
    if (round !== 'changed') {
      const { etag, lines, stopped, unfit } = round
      if (stopped !== undefined) return { lines, rounds, stopped }
      if ((await ingestion.bucket.etag(name)) === etag) {
        if (unfit !== undefined) throw unfit
        return { lines, rounds }
      }
    }
    if (from !== undefined)
      return { lines: round === 'changed' ? from.line : round.lines, rounds, stopped: 'start' }
  }
  throw new AppError(
    'OBJECT_CHANGING',
    `"${name}" was replaced or removed each of the ${maxRounds} times that it was read. The event must be delivered again.`,
    { retryable: true },
  )
}

/** What was written for which state of the object; `etag` is undefined when there is none. */
type Round = Written & { readonly etag: string | undefined; readonly unfit?: AppError }

/** `changed`: only a part may be written, of an edition that the object no longer is; or what was written is removed. */
async function writeAsItIs(name: string, ingestion: Ingestion, from?: Place): Promise<Round | 'changed'> {
  const { bucket, writer, timeIsUp } = ingestion
  let book: StoredBook | undefined
  try {
    book = await bucket.open(name, from)
    const written = book && (await writeLines(name, book, writer, timeIsUp, from))
    if (written === undefined || written.lines === 0) await remove(writer)
    await writer.acknowledged()
    return { lines: 0, ...written, etag: book?.etag }
  } catch (error) {
    if (error instanceof ObjectChanged) return 'changed'
    const unfit = error instanceof AppError && unfitCodes.has(error.code)
    if (!unfit && !(error instanceof TornEdition)) throw error
    await remove(writer)
    await writer.acknowledged()
    if (!unfit) return 'changed'
    return { lines: 0, etag: book?.etag, unfit: error }
  }
}

async function remove(writer: RecordWriter): Promise<void> {
  while (!writer.offer(null)) await writer.room()
}
