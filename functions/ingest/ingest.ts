import { AppError, type ErrorCode } from '../../lib/errors.ts'
import { type Bucket, ObjectChanged, type StoredBook } from './stored-book.ts'
import { type Place, type RecordWriter, type Written, writeLines } from './write-lines.ts'

export type Ingestion = {
  readonly bucket: Bucket
  readonly writer: RecordWriter
  /** Asked after each chunk: true makes ingest stop behind the last line that it wrote. */
  readonly timeIsUp: () => boolean
}

/** `lines` is 0 when the book was removed. `stopped`: time was up, and a later call goes on from there. */
export type Ingested = { readonly lines: number; readonly rounds: number; readonly stopped?: Place }

/** A book that is replaced more often than this while it is read must be tried again later. */
export const maxRounds = 10

/** What is wrong with the object itself: no retry would help. */
export const unfitCodes: ReadonlySet<ErrorCode> = new Set([
  'LINE_TOO_LONG',
  'OBJECT_NOT_TEXT',
  'OBJECT_UNREADABLE',
])

/**
 * Brings one book into the log: observes the object, writes it whole, and observes it again until both agree, so that
 * the last state of the bucket is the last in the log, whatever the order, number or age of the events that led here.
 * A book that is gone, empty or unfit is written as a removal. Resolves when everything is acknowledged.
 * @param from where an earlier call stopped: only the first round goes on from there
 * @throws LINE_TOO_LONG, OBJECT_NOT_TEXT, OBJECT_UNREADABLE (not retryable, the removal is written);
 *   OBJECT_CHANGING, BUCKET_UNAVAILABLE and Kafka's errors
 */
export async function ingest(name: string, ingestion: Ingestion, from?: Place): Promise<Ingested> {
  for (let rounds = 1; rounds <= maxRounds; rounds++) {
    const round = await writeAsItIs(name, ingestion, rounds === 1 ? from : undefined)
    if (round === 'changed') continue
    const { etag, lines, stopped, unfit } = round
    if (stopped !== undefined) return { lines, rounds, stopped }
    if ((await ingestion.bucket.etag(name)) !== etag) continue
    if (unfit !== undefined) throw unfit
    return { lines, rounds }
  }
  throw new AppError(
    'OBJECT_CHANGING',
    `"${name}" was replaced or removed each of the ${maxRounds} times that it was read. The event must be delivered again.`,
    { retryable: true },
  )
}

/** What was written for which state of the object; `etag` is undefined when there is none. */
type Round = Written & { readonly etag: string | undefined; readonly unfit?: AppError }

/** `changed`: only a part may be written, of an edition that the object no longer is. */
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
    if (!(error instanceof AppError && unfitCodes.has(error.code))) throw error
    await remove(writer)
    await writer.acknowledged()
    return { lines: 0, etag: book?.etag, unfit: error }
  }
}

async function remove(writer: RecordWriter): Promise<void> {
  while (!writer.offer(null)) await writer.room()
}
