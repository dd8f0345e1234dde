import { arnOf, type Resources } from './cloud-formation.ts'
import type { Deployment } from './settings.ts'

/** The settings are properties, so that a rollback restores them. `DeployedAt` makes every deploy check the topics. */
export function topics({ config }: Deployment, deployedAt: Date): Resources {
  return {
    Topics: {
      Type: 'Custom::KafkaTopics',
      Properties: {
        ServiceToken: arnOf('TopicsLambdaFunction'),
        ServiceTimeout: 180,
        DeployedAt: deployedAt.toISOString(),
        USERID: config.userid,
        PARTITIONS: String(config.partitions),
        REPLICATION_FACTOR: String(config.replicationFactor),
        MIN_INSYNC_REPLICAS: String(config.minInsyncReplicas),
        MIN_COMPACTION_LAG_MS: String(config.minCompactionLagMs),
      },
    },
  }
}
