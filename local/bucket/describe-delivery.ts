import { decodeS3Event, type S3Event } from '../../lambda/s3-event.ts'
import type { EventDelivery } from './event-queue.ts'

/**
 * Returns text such as `s3 books/pg20417.txt ObjectCreated:Put`, without an event name if Invoke sent the S3 event.
 * Returns `invoke ID` for any other event.
 */
export function describeDelivery({ id, event }: EventDelivery): string {
  if (!isS3Event(event)) return `invoke ${id}`
  const [object] = decodeS3Event(event)
  return `s3 ${object?.bucket}/${printable(object?.key ?? '')} ${event.Records[0]?.eventName ?? 'invoked'}`
}

function isS3Event(event: unknown): event is S3Event {
  return typeof event === 'object' && event !== null && 'Records' in event
}

/** Escapes control characters, so that a key cannot break the log line or move the cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
