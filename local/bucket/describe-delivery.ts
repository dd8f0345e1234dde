import { decodeS3Event, type S3Event } from '../../lambda/s3-event.ts'
import type { EventDelivery } from './event-queue.ts'

/** Returns for example `s3 books/pg20417.txt ObjectCreated:Put` or `invoke ID`. */
export function describeDelivery({ id, event }: EventDelivery): string {
  if (!isS3Event(event)) return `invoke ${id}`
  const [object] = decodeS3Event(event)
  return `s3 ${object?.bucket}/${printable(object?.key ?? '')} ${event.Records[0]?.eventName ?? 'invoked'}`
}

function isS3Event(event: unknown): event is S3Event {
  return typeof event === 'object' && event !== null && 'Records' in event
}

/** A key could break the log line or move the cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
