import { AppError, type ErrorCode } from '../../lib/errors.ts'
import { type Bucket, ObjectChanged, type StoredBook, TornEdition } from './stored-book.ts'
import { type IngestPosition, type RecordWriter, type WriteResult, writeLines } from './write-lines.ts'

export type Ingestion = {
  readonly bucket: Bucket
  readonly writer: RecordWriter
  readonly timeIsUp: () => boolean
}

/** `stopped` is the position for the next call to resume from, or `start` if the edition of `from` was replaced. */
export type Ingested = {
  readonly lines: number
  readonly rounds: number
  readonly stopped?: IngestPosition | 'start'
}

export const maxRounds = 10

const rejections: ErrorCode[] = ['LINE_TOO_LONG', 'RECORD_TOO_LARGE', 'OBJECT_NOT_TEXT', 'OBJECT_UNREADABLE']

/** Returns true if the book cannot be counted. */
export function isRejection(error: unknown): error is AppError {
  return error instanceof AppError && rejections.includes(error.code)
}

/**
 * Writes one book until its ETag is unchanged, so that the log ends with the bucket's last state. Writes a removal for
 * a missing, empty or rejected book. Resolves when all records are acknowledged.
 * @param from the position where an earlier call stopped; only this edition is written
 * @throws LINE_TOO_LONG, RECORD_TOO_LARGE, OBJECT_NOT_TEXT, OBJECT_UNREADABLE after writing the removal;
 *   OBJECT_CHANGING, BUCKET_UNAVAILABLE and Kafka's errors
 */
export async function ingest(name: string, ingestion: Ingestion, from?: IngestPosition): Promise<Ingested> {
  for (let rounds = 1; rounds <= maxRounds; rounds++) {
    const round = await writeCurrentEdition(name, ingestion, from)
    if (round !== 'changed') {
      const { etag, lines, stopped, rejected } = round
      if (stopped !== undefined) return { lines, rounds, stopped }
      if ((await ingestion.bucket.etag(name)) === etag) {
        if (rejected !== undefined) throw rejected
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

type IngestAttempt = WriteResult & { readonly etag: string | undefined; readonly rejected?: AppError }

async function writeCurrentEdition(
  name: string,
  ingestion: Ingestion,
  from?: IngestPosition,
): Promise<IngestAttempt | 'changed'> {
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
    if (!isRejection(error) && !(error instanceof TornEdition)) throw error
    await remove(writer)
    await writer.acknowledged()
    return isRejection(error) ? { lines: 0, etag: book?.etag, rejected: error } : 'changed'
  }
}

async function remove(writer: RecordWriter): Promise<void> {
  while (!writer.offer(null)) await writer.room()
}
