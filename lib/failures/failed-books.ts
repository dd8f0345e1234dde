/**
 * Books whose upload could not be ingested, as Lambda records it when it gives an event up (AWS Lambda developer guide,
 * page `invocation-async-retain-records`).
 */
import { decodeS3Event } from '../s3-event.ts'

export type FailedBook = {
  /** The record's name: the same for the same failure. */
  readonly id: string
  readonly book: string
  readonly reason: string
  /** ISO 8601. */
  readonly failedAt: string
}

/** A record as it is kept. */
export type FailureRecord = { readonly id: string; readonly text: string }

/** The records that are kept. */
export type FailureRecords = {
  /** Newest first, `shownFailures` at most. */
  newest(): Promise<readonly FailureRecord[]>
  /** Once its event was delivered after all. Idempotent. */
  remove(id: string): Promise<void>
}

/** No more are shown: whoever has more has a queue to look into, not a list to read. */
export const shownFailures = 100

export async function failedBooks(records: FailureRecords): Promise<readonly FailedBook[]> {
  const failed = (await records.newest()).flatMap(({ id, text }) => failuresIn(id, JSON.parse(text)))
  return failed.slice(0, shownFailures)
}

/** The event that was given up, as it was given to the function. */
export function eventIn({ text }: FailureRecord): unknown {
  return (JSON.parse(text) as InvocationRecord).requestPayload
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
