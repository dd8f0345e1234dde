import { objectsIn } from '../../books/failures/failed-books.ts'
import type { S3Event } from '../../lambda/s3-event.ts'
import { printable } from '../../lib/printable.ts'
import type { EventDelivery } from './event-queue.ts'

/** Returns for example `s3 books/pg20417.txt ObjectCreated:Put` or `invoke ID`. */
export function describeDelivery({ id, event }: EventDelivery): string {
  const [object] = objectsIn(event)
  if (object === undefined) return `invoke ${id}`
  const [record] = (event as S3Event).Records
  return `s3 ${object.bucket}/${printable(object.key)} ${record?.eventName ?? 'invoked'}`
}
