import { AppError } from '../../../lib/errors.ts'

/** Only problems have `advice`. */
export type Judgement = { readonly ok: boolean; readonly found: string; readonly advice?: string }

export type Finding = Judgement & { readonly check: string }

export function passed(found: string): Judgement {
  return { ok: true, found }
}

export function failed(found: string, advice: string): Judgement {
  return { ok: false, found, advice }
}

/**
 * Reports an `AppError` as a finding; rethrows any other error.
 * @param advice can depend on the error
 */
export async function finding(
  check: string,
  judge: () => Promise<Judgement>,
  advice: string | ((error: AppError) => string),
): Promise<Finding> {
  try {
    return { check, ...(await judge()) }
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { check, ...failed(error.message, typeof advice === 'string' ? advice : advice(error)) }
  }
}

/** @param startsKafka true if no setting names a cluster */
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
