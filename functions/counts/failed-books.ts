/**
 * Books whose upload could not be ingested, as Lambda records it when it gives an event up (AWS Lambda developer guide,
 * page `invocation-async-retain-records`).
 */
import { decodeS3Event } from '../../lib/s3-event.ts'

export type FailedBook = {
  /** The record's name: the same for the same failure. */
  readonly id: string
  readonly book: string
  readonly reason: string
  /** ISO 8601. */
  readonly failedAt: string
}

/** Records that are kept, newest first. */
export type FailureRecords = { newest(): Promise<readonly { readonly id: string; readonly text: string }[]> }

/** No more are shown: whoever has more has a queue to look into, not a list to read. */
export const shownFailures = 100

export async function failedBooks(records: FailureRecords): Promise<readonly FailedBook[]> {
  return (await records.newest()).flatMap(({ id, text }) => failuresIn(id, JSON.parse(text)))
}

type InvocationRecord = {
  readonly timestamp: string
  readonly requestContext: { readonly condition: string }
  readonly requestPayload: unknown
  /** Absent when the function was never run. */
  readonly responsePayload?: { readonly errorMessage?: string }
}

function failuresIn(id: string, record: InvocationRecord): FailedBook[] {
  const { timestamp, requestContext, requestPayload, responsePayload } = record
  const reason =
    responsePayload?.errorMessage ??
    `Its event was given up before it was tried: ${requestContext.condition}.`
  return decodeS3Event(requestPayload).map(({ key }) => ({ id, book: key, reason, failedAt: timestamp }))
}
