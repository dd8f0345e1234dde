import { AppError, type ErrorCode } from '../lib/errors.ts'

const usageErrors: readonly ErrorCode[] = ['USAGE', 'CONFIG_INVALID']

/** Ends the process with the returned exit code, with 2 after an invalid argument or setting, or with 1. */
export async function runMain(main: () => Promise<number>): Promise<never> {
  try {
    process.exit(await main())
  } catch (error) {
    console.error(error instanceof AppError ? error.message : error)
    process.exit(error instanceof AppError && usageErrors.includes(error.code) ? 2 : 1)
  }
}
