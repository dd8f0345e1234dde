import type { IngestPosition } from '../../books/ingest/write-lines.ts'
import { decodeS3Event, encodeKey } from '../../lambda/s3-event.ts'
import { AppError } from '../../lib/errors.ts'
import { isWholeNumber } from '../../lib/json.ts'

/** `from` is where an earlier invocation stopped; `invocation` is the number of earlier ones. */
export type Task = {
  readonly bucket: string
  readonly key: string
  readonly from?: IngestPosition
  readonly invocation?: number
}

/** Lambda's own limit of 16 is off. S3's largest object, 5 TB, needs about 120 invocations of 15 minutes. */
export const maxInvocations = 250

/** Encodes an S3 event, which readers of failure records can decode, and the place to resume from. */
export function encodeContinuation({ bucket, key, from, invocation = 0 }: Task): string {
  const s3 = { bucket: { name: bucket }, object: { key: encodeKey(key) } }
  return JSON.stringify({
    Records: [{ eventVersion: '2.1', eventSource: 'aws:s3', s3 }],
    continue: { from, invocation: invocation + 1 },
  })
}

/** @throws EVENT_INVALID; NOT_CONTINUED after `maxInvocations` */
export function decodeTasks(event: unknown): readonly Task[] {
  const objects = decodeS3Event(event)
  const { continue: continued } = event as { readonly continue?: unknown }
  if (continued === undefined) return objects
  const { from, invocation } = (continued ?? {}) as Partial<Record<keyof Task, unknown>>
  const [object, ...others] = objects
  const isPlaced = from === undefined || isPlace(from)
  if (object === undefined || others.length > 0 || !isPlaced || !isWholeNumber(invocation)) {
    throw new AppError(
      'EVENT_INVALID',
      'Invalid continuation of ingest: it must have one object, the position in it, and the number of invocations so far.',
    )
  }
  if (invocation >= maxInvocations) throw tooManyContinuations(object.key)
  return [{ ...object, ...(from !== undefined && { from }), invocation }]
}

function isPlace(value: unknown): value is IngestPosition {
  const { etag, line, byte } = (value ?? {}) as Partial<Record<keyof IngestPosition, unknown>>
  return typeof etag === 'string' && etag !== '' && isWholeNumber(line) && isWholeNumber(byte)
}

function tooManyContinuations(book: string): AppError {
  return new AppError(
    'NOT_CONTINUED',
    `"${book}" is incomplete after ${maxInvocations} invocations of ingest, which all reached the timeout. Its count stays at the lines written so far. Set a longer timeout for ingest, or upload the book in parts.`,
  )
}
