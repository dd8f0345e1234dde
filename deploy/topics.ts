import { arnOf, type Resources } from './cloud-formation.ts'
import type { Deployment } from './settings.ts'

/** The topics of `functions/topics`. Whatever is listed here makes an update check them again. */
export function topics({ config }: Deployment): Resources {
  const { userid, partitions, replicationFactor, minInsyncReplicas, minCompactionLagMs } = config
  return {
    Topics: {
      Type: 'Custom::KafkaTopics',
      Properties: {
        ServiceToken: arnOf('TopicsLambdaFunction'),
        ServiceTimeout: 180,
        ...topicsEnvironment({
          userid,
          partitions,
          replicationFactor,
          minInsyncReplicas,
          minCompactionLagMs,
        }),
      },
    },
  }
}

/** The environment of `functions/topics`, which no other function needs. */
export function topicsEnvironment(
  settings: Pick<
    Deployment['config'],
    'userid' | 'partitions' | 'replicationFactor' | 'minInsyncReplicas' | 'minCompactionLagMs'
  >,
): Readonly<Record<string, string>> {
  return {
    USERID: settings.userid,
    PARTITIONS: String(settings.partitions),
    REPLICATION_FACTOR: String(settings.replicationFactor),
    MIN_INSYNC_REPLICAS: String(settings.minInsyncReplicas),
    MIN_COMPACTION_LAG_MS: String(settings.minCompactionLagMs),
  }
}
