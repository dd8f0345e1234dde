import { decodeS3Event, type S3Event } from '../../lib/s3-event.ts'
import type { Delivery } from './event-queue.ts'

/**
 * Formats a delivery for one log line, such as `s3 books/pg20417.txt ObjectCreated:Put`. An S3 event sent by Invoke
 * has no event name. Any other event is `invoke ID`.
 */
export function describeDelivery({ id, event }: Delivery): string {
  if (!isS3Event(event)) return `invoke ${id}`
  const [object] = decodeS3Event(event)
  return `s3 ${object?.bucket}/${printable(object?.key ?? '')} ${event.Records[0]?.eventName ?? 'invoked'}`
}

function isS3Event(event: unknown): event is S3Event {
  return typeof event === 'object' && event !== null && 'Records' in event
}

/** Escapes control characters in hexadecimal, so that a key cannot break the log line or move the cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
