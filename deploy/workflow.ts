/**
 * Ingests existing books with a distributed map over the bucket's listing (Step Functions developer guide, pages
 * `state-map-distributed`, `input-output-itemreader`). A failed book is sent to `ingest` again, like an upload. After
 * more failures than tolerated, the run stops. A redrive repeats failed tasks, but not a Fail state (page
 * `redrive-executions`).
 */
import { awsPartition } from '../lib/aws-domain.ts'
import { allow, arnOf, type Resources, ref, type Statement, sub } from './cloud-formation.ts'
import { role, service, traces, withKey } from './roles.ts'
import type { Deployment } from './settings.ts'

const workflowName = ({ stage }: Pick<Deployment, 'stage'>) => `${service}-${stage}-backfill`

/** The prefix of each book's result in the bucket for failures. */
const resultPrefix = 'backfill'

export function workflow(deployment: Deployment): Resources {
  const { config, tracesWithXRay, iam } = deployment
  return {
    BackfillWorkflow: {
      Type: 'AWS::StepFunctions::StateMachine',
      Properties: {
        StateMachineName: workflowName(deployment),
        RoleArn: iam.roleArns.backfill ?? arnOf('BackfillRole'),
        Definition: definition(deployment),
        DefinitionSubstitutions: {
          Bucket: config.bucket,
          FailuresBucket: ref('FailuresBucket'),
          Ingest: arnOf('IngestLambdaFunction'),
          Region: ref('AWS::Region'),
        },
        ...(tracesWithXRay && { TracingConfiguration: { Enabled: true } }),
      },
    },
    ...(iam.roleArns.backfill === undefined && {
      BackfillRole: role(deployment, 'backfill', 'the workflow', permissions(deployment), {
        Principal: { Service: ['states.amazonaws.com'] },
        Condition: { StringEquals: { 'aws:SourceAccount': ref('AWS::AccountId') } },
      }),
    }),
  }
}

/**
 * Amazon States Language. The input is `{"prefix", "toleratedFailurePercentage"}`; an empty prefix selects all books.
 */
function definition({ backfillConcurrency, region }: Deployment) {
  // Linters do not recognize a task's resource with a reference to the partition.
  const states = `arn:${awsPartition(region)}:states`
  return {
    Comment: 'Ingests the existing books of the bucket',
    StartAt: 'EachBook',
    States: {
      EachBook: {
        Type: 'Map',
        Label: 'EachBook',
        ItemReader: {
          Resource: `${states}:::s3:listObjectsV2`,
          Parameters: { Bucket: `\${Bucket}`, 'Prefix.$': '$.prefix' },
        },
        MaxConcurrency: backfillConcurrency,
        ToleratedFailurePercentagePath: '$.toleratedFailurePercentage',
        ItemProcessor: {
          // A book can take 15 minutes; express workflows end after 5 minutes.
          ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' },
          StartAt: 'Ingest',
          States: {
            Ingest: {
              ...invoke(states, 'RequestResponse'),
              Catch: [{ ErrorEquals: ['States.ALL'], Output: '{% $states.input %}', Next: 'AsAnUpload' }],
              End: true,
            },
            AsAnUpload: { ...invoke(states, 'Event'), Next: 'IngestAgain' },
            IngestAgain: { ...invoke(states, 'RequestResponse'), End: true },
          },
        },
        ResultWriter: {
          Resource: `${states}:::s3:putObject`,
          Parameters: { Bucket: `\${FailuresBucket}`, Prefix: resultPrefix },
        },
        End: true,
      },
    },
  }
}

/** Uses JSONata, because JSONPath cannot URL-encode the key. */
function invoke(states: string, InvocationType: 'RequestResponse' | 'Event') {
  const object = { key: '{% $encodeUrlComponent($states.input.Key) %}' }
  const record = {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: `\${Region}`,
    eventName: 'ObjectCreated:Backfill',
    s3: { bucket: { name: `\${Bucket}` }, object },
  }
  return {
    Type: 'Task',
    QueryLanguage: 'JSONata',
    Resource: `${states}:::lambda:invoke`,
    Arguments: { FunctionName: `\${Ingest}`, InvocationType, Payload: { Records: [record] } },
    Output: '{% $states.input %}',
    // Retries temporary errors and throttling (page `concepts-error-handling`).
    Retry: [
      {
        ErrorEquals: [
          'Lambda.ServiceException',
          'Lambda.AWSLambdaException',
          'Lambda.SdkClientException',
          'Lambda.TooManyRequestsException',
        ],
        IntervalSeconds: 2,
        BackoffRate: 2,
        MaxAttempts: 8,
        JitterStrategy: 'FULL',
      },
    ],
  }
}

/** Child workflows are executions of the same state machine (page `iam-policies-eg-dist-map`). */
function permissions(deployment: Deployment): readonly Statement[] {
  const { config, bucket, tracesWithXRay } = deployment
  const states = `arn:\${AWS::Partition}:states:\${AWS::Region}:\${AWS::AccountId}`
  const name = workflowName(deployment)
  return [
    allow(['s3:ListBucket'], sub(`arn:\${AWS::Partition}:s3:::${config.bucket}`)),
    allow(['lambda:InvokeFunction'], arnOf('IngestLambdaFunction')),
    allow(['states:StartExecution'], sub(`${states}:stateMachine:${name}`)),
    allow(
      ['states:DescribeExecution', 'states:RedriveExecution', 'states:StopExecution'],
      [sub(`${states}:execution:${name}:*`), sub(`${states}:execution:${name}/*`)],
    ),
    allow(
      ['s3:AbortMultipartUpload', 's3:GetObject', 's3:ListMultipartUploadParts', 's3:PutObject'],
      sub(`\${FailuresBucket.Arn}/${resultPrefix}/*`),
    ),
    ...withKey(bucket.kmsKeyArn, 'kms:Decrypt', 'kms:Encrypt', 'kms:GenerateDataKey'),
    ...(tracesWithXRay ? traces : []),
  ]
}
