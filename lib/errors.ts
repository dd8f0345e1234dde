/** A test compares this list with docs/reference.md, which describes the codes. */
export const errorCodes = [
  'CONFIG_INVALID',
  'EVENT_INVALID',
  'NOT_FROM_THIS_TOPIC',
  'TOPIC_MISSING',
  'PARTITIONS_DIFFER',
  'PARTITIONS_CHANGED',
  'STATE_BLOCKED',
  'FENCED',
  'KAFKA_UNAVAILABLE',
  'KAFKA_REFUSED',
  'BROKER_UNSUPPORTED',
  'RECORDS_UNREADABLE',
  'RECORD_TOO_LARGE',
  'SECRET_UNAVAILABLE',
  'BUCKET_UNAVAILABLE',
  'OBJECT_CHANGING',
  'OBJECT_NOT_TEXT',
  'OBJECT_UNREADABLE',
  'LINE_TOO_LONG',
  'NOT_CONTINUED',
  'PORT_IN_USE',
  'PREREQUISITE_MISSING',
  'PROCESS_FAILED',
  'NOT_FOUND',
  'REQUEST_INVALID',
  'UPLOAD_TOO_LARGE',
  'UPLOAD_TYPE_REFUSED',
  'USAGE',
] as const

export type ErrorCode = (typeof errorCodes)[number]

/**
 * `message` states what failed, why, and what to do, never a payload.
 * After a `retryable` error, the call may succeed later.
 */
export class AppError extends Error {
  override readonly name = 'AppError'
  readonly code: ErrorCode
  readonly retryable: boolean

  constructor(code: ErrorCode, message: string, options: { retryable?: boolean; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.retryable = options.retryable ?? false
  }
}

export function usageError(message: string): AppError {
  return new AppError('USAGE', message)
}

/** Throws the only failure, or one error with the first code and all messages. */
export function throwAll(failures: readonly unknown[]): void {
  if (failures.length === 0) return
  const [first] = failures
  if (failures.length === 1 || !(first instanceof AppError)) throw first
  throw new AppError(first.code, failures.map(messageOf).join(' '), {
    retryable: failures.some((failure) => !(failure instanceof AppError) || failure.retryable),
    cause: new AggregateError(failures),
  })
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
