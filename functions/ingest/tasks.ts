import { AppError } from '../../lib/errors.ts'
import { decodeS3Event } from '../../lib/s3-event.ts'
import type { Place } from './write-lines.ts'

/** One object to bring into the log; `from`: the place up to which an earlier invocation did. */
export type Task = { readonly bucket: string; readonly key: string; readonly from?: Place }

/** What ingest sends to itself when its time is up. */
export type Continuation = { readonly continue: Task }

export function encodeContinuation(task: Task): string {
  return JSON.stringify({ continue: task } satisfies Continuation)
}

/** The tasks of an S3 event or of a continuation. @throws EVENT_INVALID */
export function decodeTasks(event: unknown): readonly Task[] {
  const isContinuation = typeof event === 'object' && event !== null && 'continue' in event
  if (!isContinuation) return decodeS3Event(event)
  if (!isTask(event.continue)) {
    throw new AppError(
      'EVENT_INVALID',
      'Not a continuation of ingest: it does not say of which object, and from where.',
    )
  }
  return [event.continue]
}

function isTask(value: unknown): value is Task {
  const { bucket, key, from } = (value ?? {}) as Partial<Record<keyof Task, unknown>>
  return isName(bucket) && isName(key) && (from === undefined || isPlace(from))
}

function isPlace(value: unknown): value is Place {
  const { etag, line, byte } = (value ?? {}) as Partial<Record<keyof Place, unknown>>
  return isName(etag) && isPosition(line) && isPosition(byte)
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}

function isPosition(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0
}
