/**
 * Completes the event of serverless.yml with properties that osls does not support. Batches are retried as a whole,
 * because no single record can make one fail. `count` reads a discarded batch with the partition's next one.
 */
import { mappingSecrets } from '../books/security.ts'
import { arnOf, type Extensions, idOf } from './cloud-formation.ts'
import type { Deployment } from './settings.ts'

/** serverless requires a secret, but the local broker has none. */
const noSecret = 'arn:aws:secretsmanager:us-east-1:000000000000:secret:none-000000'

export function mappingEvent(deployment: Deployment) {
  const { config, mskClusterArn, mapping } = deployment
  const common = {
    topic: config.topics.books,
    consumerGroupId: `${config.userid}.count`,
    startingPosition: 'TRIM_HORIZON',
    batchSize: mapping.batchSize,
    ...(mapping.windowSeconds > 0 && { maximumBatchingWindow: mapping.windowSeconds }),
    ...(mapping.pollers && { provisionedPollerConfig: mapping.pollers }),
  }
  if (mskClusterArn !== undefined) {
    const { kind, login } = config.security
    const secret = login && 'secret' in login ? login.secret : undefined
    return {
      msk: { arn: mskClusterArn, ...common, ...(kind === 'sasl-scram-512' && { saslScram512: secret }) },
    }
  }
  const accessConfigurations = accessConfigurationsOf(deployment)
  return { kafka: { bootstrapServers: config.brokers, ...common, accessConfigurations } }
}

function accessConfigurationsOf({ config: { security }, network, isLocal }: Deployment) {
  const access = {
    ...mappingSecrets(security),
    ...(network && { vpcSubnet: network.subnetIds, vpcSecurityGroup: network.securityGroupIds }),
  }
  return isLocal && Object.keys(access).length === 0 ? { saslScram512Auth: noSecret } : access
}

/** Returns the logical id that osls uses. */
export function mappingId({ config, mskClusterArn }: Deployment): string {
  const topic = idOf(config.topics.books)
  if (mskClusterArn === undefined) return `CountEventSourceMappingKafka${topic.slice(0, 158)}`
  // After its first "/", the ARN has a cluster's name or a VPC connection's cluster owner.
  const cluster = idOf(mskClusterArn.split('/')[1]!)
  return `CountEventSourceMappingMSK${cluster.slice(0, 79)}${topic.slice(0, 79)}`
}

export function mappingExtension(deployment: Deployment): Extensions {
  const { config, mskClusterArn, mapping } = deployment
  const { kind, identity } = config.security
  return {
    [mappingId(deployment)]: {
      DependsOn: ['Topics'],
      Properties: {
        MaximumBatchingWindowInSeconds: mapping.windowSeconds,
        DestinationConfig: { OnFailure: { Destination: arnOf('LostBatchesQueue') } },
        // Both properties require provisioned mode (Lambda developer guide, pages `monitoring-metrics-types`,
        // `esm-logging`).
        ...(mapping.pollers && {
          MetricsConfig: { Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'] },
          LoggingConfig: { SystemLogLevel: 'WARN' },
        }),
        MaximumRetryAttempts: mapping.maximumRetryAttempts,
        MaximumRecordAgeInSeconds: mapping.maximumRecordAgeSeconds,
        ...(mskClusterArn !== undefined &&
          kind === 'mtls' &&
          identity &&
          'secret' in identity && {
            SourceAccessConfigurations: [{ Type: 'CLIENT_CERTIFICATE_TLS_AUTH', URI: identity.secret }],
          }),
      },
    },
  }
}
