import type { Env } from '../lib/settings.ts'
import { readAccess } from '../packaging/access.ts'
import { alarmResources } from './alarms.ts'
import { bucketDefinition, bucketExtension, bucketPolicy } from './bucket.ts'
import { clientLayer } from './client-layer.ts'
import { dashboard } from './dashboard.ts'
import { environment } from './environment.ts'
import { failures, failuresExtension } from './failures.ts'
import { mappingEvent, mappingExtension } from './mapping.ts'
import { roles } from './roles.ts'
import { readDeployment } from './settings.ts'
import { topics } from './topics.ts'
import { workflow } from './workflow.ts'

/**
 * `custom.settings` of serverless.yml: whatever of it depends on the stage.
 * @throws CONFIG_INVALID with every problem
 */
export function template(env: Env, stage: string, deployedAt: Date) {
  const deployment = readDeployment(env, stage)
  const { config, region, isLocal, architecture, bucket, network, countConcurrency } = deployment
  return {
    region,
    architecture,
    bucket: config.bucket,
    bucketExists: bucket.exists,
    buckets: bucketDefinition(deployment),
    environment: environment(deployment),
    access: readAccess(env),
    mapping: mappingEvent(deployment),
    countConcurrency,
    vpc: network ?? false,
    tracing: deployment.tracesWithXRay,
    logRetentionDays: deployment.logRetentionDays,
    ...clientLayer(deployment),
    resources: {
      Resources: {
        ...roles(deployment),
        ...topics(deployment, deployedAt),
        ...bucketPolicy(deployment),
        ...failures(deployment),
        ...alarmResources(deployment),
        ...dashboard(deployment),
        ...workflow(deployment),
      },
      extensions: {
        ...(!isLocal && mappingExtension(deployment)),
        ...bucketExtension(deployment),
        ...failuresExtension,
      },
    },
  }
}
