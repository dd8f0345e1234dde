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

/**
 * Runs a check. Reports an `AppError` as a finding; rethrows any other error, which is a defect of this program.
 * @param advice what to do; depends on the error if it is a function
 */
export async function finding(
  check: string,
  look: () => Promise<Finding>,
  advice: string | ((error: AppError) => string),
): Promise<Finding> {
  try {
    return await look()
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return failed(check, messageOf(error), typeof advice === 'string' ? advice : advice(error))
  }
}

/** Advice for errors of the cluster. @param startsKafka true if no setting names a cluster */
export function clusterAdvice({ startsKafka }: { readonly startsKafka: boolean }) {
  return ({ code }: Pick<AppError, 'code'>): string => {
    if (code === 'KAFKA_UNAVAILABLE') {
      return startsKafka
        ? 'Start the local cloud with "npm start", or name a cluster with BROKERS.'
        : 'Check BROKERS, KAFKA_SECURITY, and whether the cluster runs.'
    }
    if (code === 'KAFKA_REFUSED')
      return 'Check KAFKA_SECURITY, its credentials, and the ACLs or the IAM policy of this client.'
    if (code === 'TOPIC_MISSING') return 'Run: npm run books -- topics create'
    return `See ${code} in docs/reference.md.`
  }
}
