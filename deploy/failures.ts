/**
 * Lambda stores each failed event of `ingest` in a bucket, which `GET /failures` shows. EventBridge sends a message
 * about it to a queue with an alarm; S3 would also send a test message (Amazon S3 user guide, page
 * `notification-content-structure`). Another queue receives the batches that the mapping discards.
 */
import { blockPublicAccess, encryption, ownedByTheBucket, tlsOnly } from './bucket.ts'
import { allow, arnOf, type Extensions, kept, policy, type Resources, ref, sub } from './cloud-formation.ts'
import { service } from './roles.ts'
import type { Deployment } from './settings.ts'

const fourteenDays = 14 * 24 * 3600

export function failures({ bucket }: Deployment): Resources {
  return {
    FailuresBucket: {
      Type: 'AWS::S3::Bucket',
      ...kept,
      Properties: {
        BucketEncryption: encryption(bucket.kmsKeyArn),
        PublicAccessBlockConfiguration: blockPublicAccess,
        OwnershipControls: ownedByTheBucket,
        LifecycleConfiguration: { Rules: [{ Id: 'old-failures', Status: 'Enabled', ExpirationInDays: 90 }] },
        NotificationConfiguration: { EventBridgeConfiguration: { EventBridgeEnabled: true } },
      },
    },
    FailuresBucketPolicy: tlsOnly('FailuresBucket'),
    FailedIngestsRule: {
      Type: 'AWS::Events::Rule',
      Properties: {
        Description: `Failed events of ingest of ${service}`,
        EventPattern: {
          source: ['aws.s3'],
          'detail-type': ['Object Created'],
          detail: {
            bucket: { name: [ref('FailuresBucket')] },
            object: { key: [{ prefix: 'aws/lambda/async/' }] },
          },
        },
        Targets: [{ Id: 'queue', Arn: arnOf('FailedIngestsQueue') }],
      },
    },
    FailedIngestsQueue: queue(bucket.kmsKeyArn),
    FailedIngestsQueuePolicy: {
      Type: 'AWS::SQS::QueuePolicy',
      Properties: {
        Queues: [ref('FailedIngestsQueue')],
        PolicyDocument: policy([
          {
            ...allow(['sqs:SendMessage'], arnOf('FailedIngestsQueue')),
            Principal: { Service: 'events.amazonaws.com' },
            Condition: { ArnEquals: { 'aws:SourceArn': arnOf('FailedIngestsRule') } },
          },
        ]),
      },
    },
    LostBatchesQueue: queue(bucket.kmsKeyArn),
  }
}

/** Sets the S3 destination, which osls does not support (Lambda guide, `invocation-async-retain-records`). */
export const failuresExtension: Extensions = {
  IngestLambdaEvConf: {
    Properties: { DestinationConfig: { OnFailure: { Destination: arnOf('FailuresBucket') } } },
  },
}

/** The value of FAILURES for `counts`. */
export function failuresUrl({ stage }: Deployment) {
  return sub(`s3://\${FailuresBucket}/aws/lambda/async/${service}-${stage}-ingest/`)
}

/** EventBridge and the mapping need access to a customer managed key (SQS developer guide, `sqs-key-management`). */
function queue(kmsKeyArn: string | undefined) {
  const encryption = kmsKeyArn === undefined ? { SqsManagedSseEnabled: true } : { KmsMasterKeyId: kmsKeyArn }
  return { Type: 'AWS::SQS::Queue', Properties: { MessageRetentionPeriod: fourteenDays, ...encryption } }
}
