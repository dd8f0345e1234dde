import { decodeS3Event } from '../../lib/s3-event.ts'
import type { Delivery } from './event-queue.ts'

/** `books/pg20417.txt ObjectCreated:Put`, on one line whatever the key. */
export function describeDelivery({ event }: Delivery): string {
  const [object] = decodeS3Event(event)
  return `${object?.bucket}/${printable(object?.key ?? '')} ${event.Records[0]?.eventName}`
}

/** Control characters in hexadecimal, so that a log line stays one and moves no cursor. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
}
