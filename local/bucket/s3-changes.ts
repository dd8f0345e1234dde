import type { S3Change, S3EventName } from '../../lambda/s3-event.ts'
import type { ObjectState } from './object-state.ts'
import type { ChangeKind, ObjectChange, ObjectName } from './s3-request.ts'

const createdNames: Readonly<Record<ChangeKind, S3EventName>> = {
  put: 'ObjectCreated:Put',
  copy: 'ObjectCreated:Copy',
  complete: 'ObjectCreated:CompleteMultipartUpload',
  /** The object was written again after the deletion. */
  delete: 'ObjectCreated:Put',
}

export function changeTo(change: ObjectChange, { exists, ...facts }: ObjectState): S3Change {
  if (!exists) return changeOf('ObjectRemoved:Delete', change)
  return { ...changeOf(createdNames[change.kind], change), ...facts }
}

export function changeOf(eventName: S3EventName, { bucket, key }: ObjectName): S3Change {
  return { eventName, bucket, key, eventTime: new Date().toISOString(), sequencer: nextSequencer() }
}

let last = 0n

/** Increases, even across restarts. */
function nextSequencer(): string {
  const now = BigInt(Date.now()) << 20n
  last = now > last ? now : last + 1n
  return last.toString(16).toUpperCase().padStart(18, '0')
}
