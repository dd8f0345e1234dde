/**
 * Delivers the bucket's events to `ingest`: by its notification configuration, or by EventBridge when that
 * configuration has another owner (Amazon S3 user guide, pages `NotificationHowTo` and `EventBridge`).
 */
import { allow, arnOf, type Extensions, policy, type Resources, ref, sub } from './cloud-formation.ts'
import { accountRules, functionArn, service } from './roles.ts'
import type { Deployment } from './settings.ts'

const changes = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*', 's3:LifecycleExpiration:*']

export function ingestEvents({ config, bucket }: Deployment) {
  if (bucket.events === 'eventbridge') return []
  return changes.map((event) => ({ s3: { bucket: config.bucket, event, existing: bucket.exists } }))
}

/** EventBridge cannot URL-encode the key, so the event has `unencodedKey`, which `lambda/s3-event.ts` reads. */
export function bucketRule({ config, bucket }: Deployment): Resources {
  if (bucket.events !== 'eventbridge') return {}
  const template = `{"Records":[{"eventVersion":"2.1","eventSource":"aws:s3","awsRegion":<region>,"eventTime":<time>,"eventName":"ObjectChanged:EventBridge","s3":{"s3SchemaVersion":"1.0","bucket":{"name":<bucket>},"object":{"unencodedKey":<key>}}}]}`
  return {
    BooksRule: {
      Type: 'AWS::Events::Rule',
      DependsOn: ['Topics'],
      Properties: {
        Description: `Changes of ${config.bucket}, for ingest of ${service}`,
        EventPattern: {
          source: ['aws.s3'],
          'detail-type': ['Object Created', 'Object Deleted'],
          detail: { bucket: { name: [config.bucket] } },
        },
        Targets: [
          {
            Id: 'ingest',
            Arn: arnOf('IngestLambdaFunction'),
            InputTransformer: {
              InputPathsMap: {
                region: '$.region',
                time: '$.time',
                bucket: '$.detail.bucket.name',
                key: '$.detail.object.key',
              },
              InputTemplate: template,
            },
          },
        ],
      },
    },
    BooksRulePermission: {
      Type: 'AWS::Lambda::Permission',
      Properties: {
        FunctionName: ref('IngestLambdaFunction'),
        Action: 'lambda:InvokeFunction',
        Principal: 'events.amazonaws.com',
        SourceArn: arnOf('BooksRule'),
      },
    },
  }
}

/**
 * Makes serverless's custom resource for an existing bucket depend on the topics. Restricts the role of this resource,
 * which by default may grant access to any function of the account.
 */
export function existingBucketExtensions(deployment: Deployment): Extensions {
  const { config, bucket } = deployment
  if (!bucket.exists || bucket.events === 'eventbridge') return {}
  const books = sub(`arn:\${AWS::Partition}:s3:::${config.bucket}`)
  const statements = [
    allow(['s3:GetBucketNotification', 's3:PutBucketNotification'], books),
    allow(['lambda:AddPermission', 'lambda:RemovePermission'], functionArn('ingest', deployment)),
  ]
  return {
    IngestCustomS31: { DependsOn: ['Topics'] },
    IamRoleCustomResourcesLambdaExecution: {
      Properties: {
        ...accountRules(deployment),
        Policies: [{ PolicyName: 'bucket-notifications', PolicyDocument: policy(statements) }],
      },
    },
  }
}
