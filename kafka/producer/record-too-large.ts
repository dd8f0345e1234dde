import { AppError } from '../../lib/errors.ts'
import { type BatchRecord, keyOf } from '../records/batch-writer.ts'

const shownKeyCharacters = 100

export function recordTooLarge(topic: string, record: BatchRecord, cause?: unknown): AppError {
  const key = keyOf(record.key)
  const name = key === null ? 'A record without a key' : `A record of key "${shownKey(key)}"`
  return new AppError(
    'RECORD_TOO_LARGE',
    `${name} has ${record.value?.length ?? 0} bytes, more than ${topic} accepts. Send a smaller record, or raise max.message.bytes of the topic.`,
    { cause },
  )
}

function shownKey(key: Buffer): string {
  const text = key.toString()
  return text.length > shownKeyCharacters ? `${text.slice(0, shownKeyCharacters)}…` : text
}
