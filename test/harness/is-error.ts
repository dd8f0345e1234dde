import { AppError, type ErrorCode } from '../../lib/errors.ts'

/** For `assert.rejects` and `assert.throws`. */
export function isError(code: ErrorCode, message = /./): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code && message.test(error.message)
}
