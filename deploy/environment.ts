import { failuresUrl } from './failures.ts'
import { metricsNamespace } from './metrics.ts'
import type { Deployment } from './settings.ts'

/** Returns the settings for `books/config.ts`, with ARNs of secrets instead of values. */
export function environment(deployment: Deployment): Readonly<Record<string, unknown>> {
  const { config, isLocal, stage } = deployment
  const { userid, brokers, bucket, emit, security, uploadMaxBytes } = config
  const common = { USERID: userid, BROKERS: brokers.join(','), BUCKET: bucket, EMIT: emit }
  if (isLocal) return common
  const kept = security.login ?? security.identity
  return {
    ...common,
    KAFKA_SECURITY: security.kind,
    UPLOAD_MAX_BYTES: String(uploadMaxBytes),
    ...(kept && 'secret' in kept && { KAFKA_SECRET: kept.secret }),
    ...(security.authority &&
      'secret' in security.authority && { KAFKA_CA_SECRET: security.authority.secret }),
    FAILURES: failuresUrl(deployment),
    METRICS_NAMESPACE: metricsNamespace(stage),
  }
}
