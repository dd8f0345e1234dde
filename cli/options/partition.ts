import { AppError } from '../../lib/errors.ts'

/** @throws NOT_FOUND */
export function requirePartition(topic: string, partition: number, count: number): void {
  if (partition < count) return
  throw new AppError(
    'NOT_FOUND',
    `${topic} has no partition ${partition}: its last partition is ${count - 1}.`,
  )
}
