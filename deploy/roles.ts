/**
 * Creates one role per function with least privilege (AWS IAM user guide, page "Grant least privilege"). A resource is
 * `*` only where AWS supports no narrower one.
 */
import { mappingSecrets, type Security } from '../books/security.ts'
import {
  allow,
  arnOf,
  idOf,
  policy,
  type Resource,
  type Resources,
  type Statement,
  sub,
} from './cloud-formation.ts'
import { type KafkaFunction, kafkaPermissions } from './kafka-permissions.ts'
import { mskClusterOf, mskResourceArn } from './msk-cluster.ts'
import { type Deployment, type FunctionName, functionNames } from './settings.ts'

export const service = 'book-counts'

const functions = {
  ingest: { kafka: 'ingest', statements: ingest },
  count: { kafka: 'count', statements: count },
  counts: { kafka: 'counts', statements: readFailures },
  topics: { kafka: 'topics', statements: () => [] },
  uploads: { kafka: undefined, statements: changeBooks },
  page: { kafka: undefined, statements: () => [] },
} as const satisfies Record<
  FunctionName,
  { kafka: KafkaFunction | undefined; statements: (deployment: Deployment) => readonly Statement[] }
>

/** Returns ARNs of existing roles, and logical ids of the template's roles. */
export function functionRoles({ iam: { roleArns } }: Deployment): Readonly<Record<string, string>> {
  return Object.fromEntries(functionNames.map((name) => [name, roleArns[name] ?? `${idOf(name)}Role`]))
}

export function roles(deployment: Deployment): Resources {
  const created = functionNames.filter((name) => deployment.iam.roleArns[name] === undefined)
  return Object.fromEntries(created.map((name) => [`${idOf(name)}Role`, functionRole(name, deployment)]))
}

function statementsOf(name: FunctionName, deployment: Deployment): readonly Statement[] {
  const { kafka, statements } = functions[name]
  return [
    ...ownLogs(name, deployment),
    ...statements(deployment),
    ...(kafka === undefined ? [] : [...reachCluster(kafka, deployment), ...readSecrets(deployment)]),
    ...(kafka !== undefined && deployment.network ? networkInterfaces(name, deployment) : []),
    ...(deployment.tracesWithXRay ? traces : []),
  ]
}

function functionRole(name: FunctionName, deployment: Deployment): Resource {
  return role(deployment, name, name, statementsOf(name, deployment), {
    Principal: { Service: ['lambda.amazonaws.com'] },
  })
}

export function role(
  deployment: Deployment,
  policyName: string,
  holder: string,
  statements: readonly Statement[],
  trusted: Pick<Statement, 'Principal' | 'Condition'>,
): Resource {
  return {
    Type: 'AWS::IAM::Role',
    Properties: {
      ...accountRules(deployment),
      Description: `Permissions of ${holder} of ${service}`,
      AssumeRolePolicyDocument: policy([{ Effect: 'Allow', ...trusted, Action: ['sts:AssumeRole'] }]),
      Policies: [{ PolicyName: policyName, PolicyDocument: policy(statements) }],
    },
  }
}

/** Every role must meet these requirements of the account. */
export function accountRules({ iam }: Deployment): Readonly<Record<string, string>> {
  return {
    ...(iam.path !== undefined && { Path: iam.path }),
    ...(iam.permissionsBoundaryArn !== undefined && { PermissionsBoundary: iam.permissionsBoundaryArn }),
  }
}

/** The template creates the log group. */
function ownLogs(name: string, { stage }: Deployment): readonly Statement[] {
  const group = `arn:\${AWS::Partition}:logs:\${AWS::Region}:\${AWS::AccountId}:log-group:/aws/lambda/${service}-${stage}-${name}`
  return [allow(['logs:CreateLogStream', 'logs:PutLogEvents'], sub(`${group}:*`))]
}

/** Without ListBucket, S3 responds 403 instead of 404 for a missing object. */
function ingest(deployment: Deployment): readonly Statement[] {
  const { config, bucket } = deployment
  const books = `arn:\${AWS::Partition}:s3:::${config.bucket}`
  return [
    allow(['s3:GetObject'], sub(`${books}/*`)),
    allow(['s3:ListBucket'], [sub(books), arnOf('FailuresBucket')]),
    allow(['s3:PutObject'], sub(`\${FailuresBucket.Arn}/aws/lambda/async/*`)),
    allow(['lambda:InvokeFunction'], functionArn('ingest', deployment)),
    ...withKey(bucket.kmsKeyArn, 'kms:Decrypt', 'kms:GenerateDataKey'),
  ]
}

export function functionArn(name: string, { stage }: Deployment) {
  return sub(
    `arn:\${AWS::Partition}:lambda:\${AWS::Region}:\${AWS::AccountId}:function:${service}-${stage}-${name}`,
  )
}

/** The mapping uses this role too (Lambda developer guide, pages `with-msk-permissions`, `kafka-on-failure`). */
function count({ mskClusterArn, network, config, bucket }: Deployment): readonly Statement[] {
  return [
    allow(['sqs:SendMessage'], arnOf('LostBatchesQueue')),
    ...withKey(bucket.kmsKeyArn, 'kms:Decrypt', 'kms:GenerateDataKey'),
    ...(mskClusterArn === undefined ? [] : describeMsk(mskClusterArn, config.security)),
    ...(network ? [allow(['ec2:DescribeSecurityGroups', 'ec2:DescribeVpcs'], '*')] : []),
  ]
}

function describeMsk(arn: string, { kind }: Security): readonly Statement[] {
  const { clusterArn, isConnection } = mskClusterOf(arn)
  const ofCluster = ['kafka:DescribeCluster', 'kafka:DescribeClusterV2']
  return [
    allow(kind === 'sasl-scram-512' ? [...ofCluster, 'kafka:ListScramSecrets'] : ofCluster, clusterArn),
    ...(isConnection ? [allow(['kafka:DescribeVpcConnection'], arn)] : []),
    // This action supports no resource (service authorization reference, "Amazon Managed Streaming for Apache Kafka").
    allow(['kafka:GetBootstrapBrokers'], '*'),
  ]
}

function readFailures({ bucket }: Deployment): readonly Statement[] {
  return [
    allow(['s3:GetObject'], sub(`\${FailuresBucket.Arn}/aws/lambda/async/*`)),
    allow(['s3:ListBucket'], arnOf('FailuresBucket')),
    ...withKey(bucket.kmsKeyArn, 'kms:Decrypt'),
  ]
}

/** A presigned URL has its signer's permissions. */
function changeBooks({ config, bucket }: Deployment): readonly Statement[] {
  const books = sub(`arn:\${AWS::Partition}:s3:::${config.bucket}/*`)
  return [
    allow(['s3:PutObject', 's3:GetObject', 's3:DeleteObject'], books),
    ...withKey(bucket.kmsKeyArn, 'kms:Decrypt', 'kms:GenerateDataKey'),
  ]
}

function reachCluster(kafka: KafkaFunction, { mskClusterArn, config }: Deployment): readonly Statement[] {
  if (config.security.kind !== 'iam' || mskClusterArn === undefined) return []
  const { clusterArn } = mskClusterOf(mskClusterArn)
  return kafkaPermissions(kafka, config.userid).map(({ resource, name, actions }) =>
    allow(
      actions.map((action) => `kafka-cluster:${action}`),
      resource === 'cluster' ? clusterArn : mskResourceArn(clusterArn, resource, name!),
    ),
  )
}

function readSecrets({ config: { security }, secretsKmsKeyArn }: Deployment): readonly Statement[] {
  const arns = Object.values(mappingSecrets(security))
  if (arns.length === 0) return []
  return [allow(['secretsmanager:GetSecretValue'], arns), ...withKey(secretsKmsKeyArn, 'kms:Decrypt')]
}

export function withKey(keyArn: string | undefined, ...actions: readonly string[]): readonly Statement[] {
  return keyArn === undefined ? [] : [allow(actions, keyArn)]
}

/**
 * Lambda needs these actions on `*` in a VPC. They are denied to the function's code (Lambda developer guide, page
 * `configuration-vpc`), except in `count`, whose role the mapping uses.
 */
function networkInterfaces(name: string, deployment: Deployment): readonly Statement[] {
  const actions = [
    'ec2:AssignPrivateIpAddresses',
    'ec2:CreateNetworkInterface',
    'ec2:DeleteNetworkInterface',
    'ec2:DescribeNetworkInterfaces',
    'ec2:DescribeSubnets',
    'ec2:UnassignPrivateIpAddresses',
  ]
  if (name === 'count') return [allow(actions, '*')]
  const byItsCode = { ArnEquals: { 'lambda:SourceFunctionArn': [functionArn(name, deployment)] } }
  return [allow(actions, '*'), { Effect: 'Deny', Action: actions, Resource: '*', Condition: byItsCode }]
}

export const traces = [allow(['xray:PutTelemetryRecords', 'xray:PutTraceSegments'], '*')]
