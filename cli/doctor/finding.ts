import { AppError, messageOf } from '../../lib/errors.ts'

/** What one look at the system found. `advice`: what to do; only where something is wrong. */
export type Finding = {
  readonly check: string
  readonly ok: boolean
  readonly found: string
  readonly advice?: string
}

export function good(check: string, found: string): Finding {
  return { check, ok: true, found }
}

export function bad(check: string, found: string, advice: string): Finding {
  return { check, ok: false, found, advice }
}

/** A check that failed itself is a finding too; what is no failure of the system, but ours, is thrown. */
export async function finding(check: string, look: () => Promise<Finding>, advice: string): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return bad(check, messageOf(error), advice)
  }
}
