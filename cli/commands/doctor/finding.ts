import { AppError, messageOf } from '../../../lib/errors.ts'

/** The result of one check. `advice`: what to do; only for problems. */
export type Finding = {
  readonly check: string
  readonly ok: boolean
  readonly found: string
  readonly advice?: string
}

export function passed(check: string, found: string): Finding {
  return { check, ok: true, found }
}

export function failed(check: string, found: string, advice: string): Finding {
  return { check, ok: false, found, advice }
}

/** Runs a check. Reports an `AppError` as a finding; rethrows any other error, which is a defect of this program. */
export async function finding(check: string, look: () => Promise<Finding>, advice: string): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return failed(check, messageOf(error), advice)
  }
}
