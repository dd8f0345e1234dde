/**
 * On-failure destinations. Lambda stores each failed event of `ingest` as an object, which `GET /failures` shows and which
 * also sends a message to a queue with an alarm. Batches that the mapping discards are messages in another queue.
 */
import { blockPublicAccess, encryption, ownedByTheBucket, tlsOnly } from './bucket.ts'
import { arnOf, type Extensions, kept, type Resources, ref, sub } from './cloud-formation.ts'
import { service } from './roles.ts'
import type { Deployment } from './settings.ts'

const fourteenDays = 14 * 24 * 3600

export function failures({ bucket }: Deployment): Resources {
  return {
    FailuresBucket: {
      Type: 'AWS::S3::Bucket',
      DependsOn: ['FailedIngestsQueuePolicy'],
      ...kept,
      Properties: {
        BucketEncryption: encryption(bucket.kmsKeyArn),
        PublicAccessBlockConfiguration: blockPublicAccess,
        OwnershipControls: ownedByTheBucket,
        LifecycleConfiguration: {
          Rules: [{ Id: 'old-failures', Status: 'Enabled', ExpirationInDays: 90 }],
        },
        NotificationConfiguration: {
          QueueConfigurations: [
            {
              Event: 's3:ObjectCreated:*',
              Queue: arnOf('FailedIngestsQueue'),
              Filter: { S3Key: { Rules: [{ Name: 'prefix', Value: 'aws/lambda/async/' }] } },
            },
          ],
        },
      },
    },
    FailuresBucketPolicy: tlsOnly('FailuresBucket'),
    FailedIngestsQueue: queue(bucket.kmsKeyArn),
    FailedIngestsQueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [ref('FailedIngestsQueue')],
        PolicyDocument: {
          Version: '2012-10-17',
          Statement: [
            {
              Effect: 'Allow',
              Principal: { Service: 's3.amazonaws.com' },
              Action: ['sqs:SendMessage'],
              Resource: arnOf('FailedIngestsQueue'),
              // Not the bucket's ARN: the bucket is created after this policy, and only then has a name.
              Condition: { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } },
            },
          ],
        },
      },
    },
    LostBatchesQueue: queue(bucket.kmsKeyArn),
  }
}

/** osls does not support S3 destinations of asynchronous invocations (Lambda guide, `invocation-async-retain-records`). */
export const failuresExtension: Extensions = {
  IngestLambdaEvConf: {
    Properties: { DestinationConfig: { OnFailure: { Destination: arnOf('FailuresBucket') } } },
  },
}

/** The value of FAILURES for `counts`. */
export function failuresUrl({ stage }: Deployment) {
  return sub(`s3://\${FailuresBucket}/aws/lambda/async/${service}-${stage}-ingest/`)
}

/** With a customer managed key, S3 and the mapping need access to it to send (SQS developer guide, `sqs-key-management`). */
function queue(kmsKeyArn: string | undefined) {
  const encryption = kmsKeyArn === undefined ? { SqsManagedSseEnabled: true } : { KmsMasterKeyId: kmsKeyArn }
  return {
    Type: 'AWS::SQS::Queue',
    Properties: { MessageRetentionPeriod: fourteenDays, ...encryption },
  }
}
