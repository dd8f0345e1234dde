import type { Env } from '../lib/settings.ts'
import { alarmResources } from './alarms.ts'
import { bucketDefinition, bucketExtension, bucketPolicy } from './bucket.ts'
import { bucketRule, existingBucketExtensions, ingestEvents } from './bucket-events.ts'
import { dashboard } from './dashboard.ts'
import { environment } from './environment.ts'
import { failures, failuresExtension } from './failures.ts'
import { logGroupExtensions } from './log-groups.ts'
import { mappingEvent, mappingExtension } from './mapping.ts'
import { notices } from './notices.ts'
import { functionRoles, roles } from './roles.ts'
import { readDeployment } from './settings.ts'
import { topics } from './topics.ts'
import { workflow } from './workflow.ts'

/** @throws CONFIG_INVALID with every problem */
export function template(env: Env, stage: string, deployedAt: Date) {
  const deployment = readDeployment(env, stage)
  const { region, isLocal, architecture, runtime, network, countConcurrency, access } = deployment
  return {
    region,
    architecture,
    runtime,
    tags: deployment.tags,
    ingestEvents: ingestEvents(deployment),
    roles: functionRoles(deployment),
    buckets: bucketDefinition(deployment),
    environment: environment(deployment),
    access,
    notices: isLocal ? [] : notices(deployment),
    mapping: mappingEvent(deployment),
    countConcurrency: countConcurrency ?? null,
    vpc: network ?? false,
    tracing: deployment.tracesWithXRay,
    logRetentionDays: deployment.logRetentionDays,
    resources: {
      Resources: {
        ...roles(deployment),
        ...topics(deployment, deployedAt),
        ...bucketPolicy(deployment),
        ...bucketRule(deployment),
        ...failures(deployment),
        ...alarmResources(deployment),
        ...dashboard(deployment),
        ...workflow(deployment),
      },
      extensions: {
        ...(!isLocal && mappingExtension(deployment)),
        ...(!isLocal && logGroupExtensions(deployment)),
        ...(!isLocal && existingBucketExtensions(deployment)),
        ...bucketExtension(deployment),
        ...failuresExtension,
      },
    },
  }
}
