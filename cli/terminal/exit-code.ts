import { CommanderError } from 'commander'
import { AppError } from '../../lib/errors.ts'

/** Scripts may rely on these codes. Shells report `interrupted` for a program that Ctrl-C ended. */
export const exitCodes = {
  ok: 0,
  failed: 1,
  usage: 2,
  notFound: 3,
  unavailable: 4,
  interrupted: 130,
} as const

/** Reports that Ctrl-C ended a command before its work was done. */
export class Interrupted extends Error {}

export function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof Interrupted) return exitCodes.interrupted
  if (!(error instanceof AppError)) return exitCodes.failed
  switch (error.code) {
    case 'USAGE':
    case 'CONFIG_INVALID':
      return exitCodes.usage
    case 'NOT_FOUND':
    case 'TOPIC_MISSING':
      return exitCodes.notFound
    case 'KAFKA_UNAVAILABLE':
    case 'BUCKET_UNAVAILABLE':
      return exitCodes.unavailable
    default:
      return exitCodes.failed
  }
}
