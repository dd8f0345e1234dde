import { AppError } from '../../lib/errors.ts'
import { decodeS3Event, encodeKey } from '../../lib/s3-event.ts'
import type { Place } from './write-lines.ts'

/**
 * One object to bring into the log. `from`: the place up to which an earlier invocation did; `invocation`: how many there
 * were before this one, if any.
 */
export type Task = {
  readonly bucket: string
  readonly key: string
  readonly from?: Place
  readonly invocation?: number
}

/**
 * No book takes so many: S3's largest object, 5 TB, is read in some 120 times 15 minutes. Lambda's own protection ends a
 * chain of invocations after 16, and is switched off for that; this is what ends one that would not end by itself.
 */
export const mostInvocations = 250

/**
 * What ingest sends to itself when its time is up: an S3 event of the object, so that whoever reads what was given up can
 * read this too, and how far it came.
 */
export function encodeContinuation({ bucket, key, from, invocation = 0 }: Task): string {
  const s3 = { bucket: { name: bucket }, object: { key: encodeKey(key) } }
  return JSON.stringify({
    Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', s3 }],
    continue: { from, invocation: invocation + 1 },
  })
}

/**
 * The tasks of an S3 event, or of a continuation.
 * @throws EVENT_INVALID; NOT_CONTINUED for a book that was gone on with too often
 */
export function decodeTasks(event: unknown): readonly Task[] {
  const objects = decodeS3Event(event)
  const { continue: continued } = event as { readonly continue?: unknown }
  if (continued === undefined) return objects
  const { from, invocation } = (continued ?? {}) as Partial<Record<keyof Task, unknown>>
  const [object, ...others] = objects
  const isPlaced = from === undefined || isPlace(from)
  if (object === undefined || others.length > 0 || !isPlaced || !isPosition(invocation)) {
    throw new AppError(
      'EVENT_INVALID',
      'Not a continuation of ingest: it does not say of which one object, from where, and how often it was gone on with.',
    )
  }
  if (invocation >= mostInvocations) throw neverEnding(object.key)
  return [{ ...object, ...(from !== undefined && { from }), invocation }]
}

function isPlace(value: unknown): value is Place {
  const { etag, line, byte } = (value ?? {}) as Partial<Record<keyof Place, unknown>>
  return typeof etag === 'string' && etag !== '' && isPosition(line) && isPosition(byte)
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}

function neverEnding(book: string): AppError {
  return new AppError(
    'NOT_CONTINUED',
    `"${book}" is not at its end after ${mostInvocations} invocations of ingest, each as long as its timeout. Its count stays at the lines written so far: give ingest a longer timeout, or upload the book in parts.`,
  )
}
