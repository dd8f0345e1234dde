/** Reads failed books from Lambda's on-failure records (developer guide, page `invocation-async-retain-records`). */
import { decodeS3Event, type S3ObjectName } from '../../lambda/s3-event.ts'
import { AppError } from '../../lib/errors.ts'
import { bookName } from '../book-name.ts'

export type FailedBook = {
  /** The failure record's name. */
  readonly id: string
  readonly book: string
  readonly reason: string
  /** ISO 8601. */
  readonly failedAt: string
}

type FailedObject = Omit<FailedBook, 'book'> & { readonly key: string }

export type FailureRecord = { readonly id: string; readonly text: string }

export type FailureRecords = {
  newest(): Promise<readonly FailureRecord[]>
  /** Idempotent. */
  remove(id: string): Promise<void>
}

export const shownFailures = 100

export async function failedBooks(records: FailureRecords): Promise<readonly FailedBook[]> {
  const failed = (await records.newest()).flatMap(failuresIn).slice(0, shownFailures)
  return failed.map(({ id, key, ...failure }) => ({ id, book: bookName(Buffer.from(key)), ...failure }))
}

export function eventIn({ text }: FailureRecord): unknown {
  return (JSON.parse(text) as FailedInvocationRecord).requestPayload
}

/** Returns no objects for events of other sources, which any caller of the function can send. */
export function objectsIn(event: unknown): readonly S3ObjectName[] {
  try {
    return decodeS3Event(event)
  } catch (error) {
    if (error instanceof AppError && error.code === 'EVENT_INVALID') return []
    throw error
  }
}

type FailedInvocationRecord = {
  readonly timestamp: string
  readonly requestContext: { readonly condition: string }
  readonly requestPayload: unknown
  /** Absent when the function was never invoked. */
  readonly responsePayload?: { readonly errorMessage?: string }
}

/** Returns a failure for each object in the event, in order. */
export function failuresIn({ id, text }: FailureRecord): FailedObject[] {
  const record = JSON.parse(text) as FailedInvocationRecord
  const { timestamp, requestContext, requestPayload, responsePayload } = record
  const reason =
    responsePayload?.errorMessage ??
    `Its event was discarded before the first attempt: ${requestContext.condition}.`
  return objectsIn(requestPayload).map(({ key }) => ({ id, key, reason, failedAt: timestamp }))
}
