/**
 * Where what failed for good goes. Events that ingest gave up are objects, which `GET /failures` shows, and each puts a
 * message into a queue, which an alarm watches. Batches that the mapping gave up are messages in another queue.
 */
import { blockPublicAccess, encryption, ownedByTheBucket, tlsOnly } from './bucket.ts'
import { arnOf, type Extensions, type Resources, ref, sub } from './cloud-formation.ts'
import { service } from './roles.ts'
import type { Deployment } from './settings.ts'

const fourteenDays = 14 * 24 * 3600

export function failures({ bucket }: Deployment): Resources {
  return {
    FailuresBucket: {
      Type: 'AWS::S3::Bucket',
      DependsOn: ['FailedIngestsQueuePolicy'],
      DeletionPolicy: 'Retain',
      UpdateReplacePolicy: 'Retain',
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
    FailedIngestsQueue: queue(),
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
              // Not the bucket's ARN: its name is made when this policy is there.
              Condition: { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } },
            },
          ],
        },
      },
    },
    LostBatchesQueue: queue(),
  }
}

/** osls knows no S3 destination of asynchronous invocations (Lambda developer guide, `invocation-async-retain-records`). */
export const failuresExtension: Extensions = {
  IngestLambdaEvConf: {
    Properties: { DestinationConfig: { OnFailure: { Destination: arnOf('FailuresBucket') } } },
  },
}

/** FAILURES, as `counts` reads it. */
export function failuresUrl({ stage }: Deployment) {
  return sub(`s3://\${FailuresBucket}/aws/lambda/async/${service}-${stage}-ingest/`)
}

function queue() {
  return {
    Type: 'AWS::SQS::Queue',
    Properties: { MessageRetentionPeriod: fourteenDays, SqsManagedSseEnabled: true },
  }
}
