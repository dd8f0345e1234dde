import { CommanderError } from 'commander'
import { AppError, type ErrorCode } from '../../lib/errors.ts'

/** Scripts may rely on these codes. Shells report `interrupted` for a program that Ctrl-C ended. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unavailable: 4,
  interrupted: 130,
} as const

/** Reports that Ctrl-C ended a command before its work was done. The message, if any, is for the user. */
export class Interrupted extends Error {}

const codesOfErrors: Partial<Readonly<Record<ErrorCode, number>>> = {
  USAGE: exitCodes.usage,
  CONFIG_INVALID: exitCodes.usage,
  NOT_FOUND: exitCodes.notFound,
  TOPIC_MISSING: exitCodes.notFound,
  KAFKA_UNAVAILABLE: exitCodes.unavailable,
  BUCKET_UNAVAILABLE: exitCodes.unavailable,
}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof Interrupted) return exitCodes.interrupted
  return (error instanceof AppError ? codesOfErrors[error.code] : undefined) ?? exitCodes.failed
}
