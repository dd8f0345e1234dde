import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { timeoutsMs } from '../../../deploy/alarms.ts'
import { idOf } from '../../../deploy/cloud-formation.ts'
import { roleNames } from '../../../deploy/settings.ts'
import { decodeS3Event } from '../../../lambda/s3-event.ts'
import { temporaryFolder } from '../../harness/names.ts'
import { type PolicyStatement, rolePolicies } from '../../harness/policies.ts'
import { pythonTools } from '../../harness/python-tools.ts'
import {
  exampleSettings,
  type RenderedStage,
  type RenderedTemplate,
  renderStage,
} from '../../harness/rendered-stage.ts'

const examples = readdirSync(new URL('../../../deploy/examples', import.meta.url)).map((name) =>
  name.replace(/\.env$/, ''),
)
const ourFunction = /^(Ingest|Count|Counts|Uploads|Page|Topics)LambdaFunction$/
const ourRole = /^(Ingest|Count|Counts|Uploads|Page|Topics|Backfill)Role$/
const tools = await pythonTools()
const rendered = new Map<string, Promise<RenderedStage>>()

function stage(example: string): Promise<RenderedStage> {
  const known = rendered.get(example) ?? renderStage(example, exampleSettings(example))
  rendered.set(example, known)
  return known
}

/**
 * Ignored warnings of cfn-lint. W3005: a DependsOn that a reference already implies. Serverless writes those
 * of functions on their roles and of routes on their integrations, which CloudFormation accepts.
 */
const explained = ['W3005']

for (const example of examples) {
  test(`${example}: cfn-lint reports no finding`, {
    skip: 'missing' in tools ? tools.missing : false,
  }, async () => {
    const { file } = await stage(example)
    assert.ok('bin' in tools)
    assert.equal(await cfnLint(tools.bin, file), '')
  })
}

/** The findings of cfn-lint, as text. */
async function cfnLint(bin: string, file: string): Promise<string> {
  const { stdout } = await promisify(execFile)(join(bin, 'cfn-lint'), [
    ...['--regions', 'eu-central-1', '--ignore-checks', ...explained, '--', file],
  ]).catch((error: { stdout: string }) => error)
  return stdout
}

test('the resource of the topics changes at every deploy, so that the topics are checked', async () => {
  const started = Date.now()
  const { template } = await renderStage('now', exampleSettings('msk-iam'))
  assert.ok(Date.parse(String(template.Resources.Topics?.Properties.DeployedAt)) >= started)
})

test('creates the topics before the mapping and the bucket, and keeps a bucket unless its first deploy fails', async () => {
  const { template } = await stage('msk-iam')
  const { CountEventSourceMappingMSKExampleBooksbooks: mapping, S3BucketExamplebooks: bucket } =
    template.Resources
  assert.ok(mapping?.DependsOn?.includes('Topics'))
  assert.ok(bucket?.DependsOn?.includes('Topics'))
  const { FailuresBucket, FailuresBucketPolicy, BooksBucketPolicy } = template.Resources
  for (const kept of [bucket, FailuresBucket, FailuresBucketPolicy, BooksBucketPolicy]) {
    assert.deepEqual([kept?.DeletionPolicy, kept?.UpdateReplacePolicy], ['RetainExceptOnCreate', 'Retain'])
  }
})

test('the mapping has its settings, and a queue as on-failure destination', async () => {
  const byDefault = (await stage('msk-iam')).template.Resources.CountEventSourceMappingMSKExampleBooksbooks
  assert.equal(byDefault?.Properties.BatchSize, 10_000)
  assert.equal(byDefault?.Properties.MaximumBatchingWindowInSeconds, 1)
  assert.equal(byDefault?.Properties.ProvisionedPollerConfig, undefined)
  assert.equal(byDefault?.Properties.MetricsConfig, undefined)
  assert.deepEqual(byDefault?.Properties.DestinationConfig, {
    OnFailure: { Destination: { 'Fn::GetAtt': ['LostBatchesQueue', 'Arn'] } },
  })
  const provisioned = (await stage('msk-scram')).template.Resources
    .CountEventSourceMappingMSKExampleBooksbooks
  assert.deepEqual(provisioned?.Properties.ProvisionedPollerConfig, { MinimumPollers: 1, MaximumPollers: 5 })
  assert.deepEqual(provisioned?.Properties.MetricsConfig, {
    Metrics: ['EventCount', 'ErrorCount', 'KafkaMetrics'],
  })
  assert.deepEqual(provisioned?.Properties.LoggingConfig, { SystemLogLevel: 'WARN' })
  assert.equal(provisioned?.Properties.MaximumRetryAttempts, 5)
  assert.equal(provisioned?.Properties.MaximumRecordAgeInSeconds, 86_400)
})

test('the API is closed by default, accepts JWT if set, and limits the rate of requests', async () => {
  const { template } = await stage('msk-iam')
  for (const route of [...routesOfTexts, ...routesOfCounts])
    assert.deepEqual(routesOf(template, route), ['AWS_IAM'])
  assert.deepEqual(routesOf(template, 'GET /'), ['NONE'])
  assert.deepEqual(template.Resources.HttpApiStage?.Properties.DefaultRouteSettings, {
    ThrottlingRateLimit: 100,
    ThrottlingBurstLimit: 200,
  })
  const jwt = await renderStage('jwt', {
    ...exampleSettings('msk-iam'),
    UPLOADS_ACCESS: 'jwt',
    COUNTS_ACCESS: 'jwt',
    JWT_ISSUER: 'https://id.example.com/',
    JWT_AUDIENCE: 'books',
  })
  for (const route of [...routesOfTexts, ...routesOfCounts])
    assert.deepEqual(routesOf(jwt.template, route), ['JWT'])
  const open = await renderStage('open', { ...exampleSettings('msk-iam'), COUNTS_ACCESS: 'open' })
  for (const route of routesOfCounts) assert.deepEqual(routesOf(open.template, route), ['NONE'])
  for (const route of routesOfTexts) assert.deepEqual(routesOf(open.template, route), ['AWS_IAM'])
})

test('the bucket allows uploads from browsers, and blocks public access', async () => {
  const { Properties } = (await stage('msk-iam')).template.Resources.S3BucketExamplebooks!
  assert.deepEqual(Properties.CorsConfiguration, {
    CorsRules: [
      {
        AllowedOrigins: ['*'],
        AllowedMethods: ['PUT'],
        AllowedHeaders: ['content-type'],
        ExposedHeaders: ['ETag'],
        MaxAge: 3600,
      },
    ],
  })
  assert.deepEqual(Properties.PublicAccessBlockConfiguration, {
    BlockPublicAcls: true,
    BlockPublicPolicy: true,
    IgnorePublicAcls: true,
    RestrictPublicBuckets: true,
  })
})

test('a template contains the names of secrets, not their values', async () => {
  const { template } = await stage('confluent')
  const { Environment } = template.Resources.CountLambdaFunction!.Properties as {
    Environment: { Variables: Record<string, string> }
  }
  assert.equal(Environment.Variables.KAFKA_SECURITY, 'sasl-plain')
  assert.equal(Environment.Variables.KAFKA_SECRET, exampleSettings('confluent').KAFKA_SECRET)
  assert.deepEqual(
    Object.keys(Environment.Variables).filter((name) => /PASSWORD|KEY/.test(name)),
    [],
  )
})

test('each function has a separate role', async () => {
  for (const example of examples) {
    const { template } = await stage(example)
    const functions = Object.entries(template.Resources).filter(([id]) => ourFunction.test(id))
    const roles = functions.map(([, { Properties }]) => JSON.stringify(Properties.Role))
    assert.equal(functions.length, 6)
    assert.equal(new Set(roles).size, 6)
  }
})

test('roles allow exact actions, on exact resources where AWS supports them', async () => {
  for (const example of examples) {
    for (const [id, { Statement }] of rolePolicies((await stage(example)).template)) {
      if (!ourRole.test(id)) continue
      for (const { Action, Resource } of Statement) {
        assert.ok(Array.isArray(Action) && !Action.some((action) => action.includes('*')), id)
        if (Resource !== '*') continue
        assert.ok(
          Action.every((action) => /^(ec2|xray):|^kafka:GetBootstrapBrokers$/.test(action)),
          `${id}: ${Action}`,
        )
      }
    }
  }
})

/**
 * Accepted findings of parliament. AWS supports the ARNs of network interfaces, but Lambda creates them, and its page
 * `configuration-vpc` requires `*`. A condition of Lambda denies these actions to the functions' own code. The condition
 * is valid for actions of all services, but parliament accepts only a service's own conditions. DescribeExecution uses
 * the execution's ARN. Parliament also requires ARNs of express executions, which this service does not have.
 */
const explainedFindings = [
  /^RESOURCE_STAR: (ec2:(Assign|Create|Delete|Unassign)\w+(, )?)+$/,
  /^UNKNOWN_CONDITION_FOR_ACTION: Unknown condition lambda:SourceFunctionArn for action ec2:\w+$/,
  /^RESOURCE_MISMATCH: \{"action": "states:DescribeExecution", "required_format": "arn:\*:states:\*:\*:express:[*:]+"\}$/,
]

test('parliament reports no finding for the roles', {
  skip: 'missing' in tools ? tools.missing : false,
}, async () => {
  assert.ok('bin' in tools)
  const policies: Record<string, unknown> = {}
  for (const example of examples) {
    for (const [id, policy] of rolePolicies((await stage(example)).template)) {
      if (ourRole.test(id)) policies[`${example} ${id}`] = policy
    }
  }
  const findings = await foundByParliament(tools.bin, policies)
  assert.equal(Object.keys(findings).length, 7 * examples.length)
  for (const [role, found] of Object.entries(findings)) {
    assert.deepEqual(
      [role, found.filter((text) => !explainedFindings.some((explained) => explained.test(text)))],
      [role, []],
    )
  }
})

test('buckets are encrypted, private and TLS only; versions and keys follow the settings', async () => {
  for (const example of examples) {
    const { BUCKET_EXISTS, BUCKET_VERSIONING, KMS_KEY_ARN } = exampleSettings(example)
    const { Resources } = (await stage(example)).template
    const books = Resources.S3BucketExamplebooks?.Properties
    assert.equal(books === undefined, BUCKET_EXISTS === 'yes', example)
    for (const properties of [books, Resources.FailuresBucket!.Properties]) {
      if (properties === undefined) continue
      const [rule] = (properties.BucketEncryption as Encryption).ServerSideEncryptionConfiguration
      assert.deepEqual(
        rule!.ServerSideEncryptionByDefault,
        KMS_KEY_ARN === undefined
          ? { SSEAlgorithm: 'AES256' }
          : { SSEAlgorithm: 'aws:kms', KMSMasterKeyID: KMS_KEY_ARN },
      )
      assert.deepEqual(
        new Set(Object.values(properties.PublicAccessBlockConfiguration as object)),
        new Set([true]),
      )
    }
    assert.deepEqual(
      books?.VersioningConfiguration,
      BUCKET_VERSIONING === 'yes' ? { Status: 'Enabled' } : undefined,
    )
    for (const id of [...(books ? ['BooksBucketPolicy'] : []), 'FailuresBucketPolicy']) {
      const { Statement } = Resources[id]!.Properties.PolicyDocument as { Statement: PolicyStatement[] }
      const [{ Effect, Condition } = {}] = Statement
      assert.deepEqual([Effect, Condition], ['Deny', { Bool: { 'aws:SecureTransport': 'false' } }])
    }
  }
})

test('alarms refer to existing functions, and use their timeouts', async () => {
  const { template } = await stage('msk-iam')
  const functions = new Map<unknown, unknown>()
  for (const [id, { Properties }] of Object.entries(template.Resources)) {
    if (ourFunction.test(id)) functions.set(Properties.FunctionName, Properties.Timeout)
  }
  for (const { Type, Properties } of Object.values(template.Resources)) {
    if (Type !== 'AWS::CloudWatch::Alarm') continue
    for (const { Name, Value } of Properties.Dimensions as { Name: string; Value: unknown }[]) {
      if (Name === 'FunctionName') assert.ok(functions.has(Value), `${Value}`)
    }
  }
  for (const [name, ms] of Object.entries(timeoutsMs)) {
    assert.equal(functions.get(`book-counts-msk-iam-${name}`), ms / 1_000)
  }
})

test('the backfill workflow limits concurrency, and sends failures where failed uploads go', async () => {
  const { Definition } = (await stage('msk-iam')).template.Resources.BackfillWorkflow!.Properties as {
    Definition: { States: { EachBook: WorkflowMap } }
  }
  const { MaxConcurrency, ToleratedFailurePercentagePath, ResultWriter, ItemProcessor } =
    Definition.States.EachBook
  assert.equal(MaxConcurrency, 10)
  assert.equal(ToleratedFailurePercentagePath, '$.toleratedFailurePercentage')
  assert.deepEqual(ResultWriter.Parameters, { Bucket: `\${FailuresBucket}`, Prefix: 'backfill' })
  const { Ingest, AsAnUpload, IngestAgain } = ItemProcessor.States
  assert.equal(Ingest!.Arguments?.InvocationType, 'RequestResponse')
  assert.equal(Ingest!.Catch?.[0]?.Next, 'AsAnUpload')
  assert.deepEqual([AsAnUpload!.Arguments?.InvocationType, AsAnUpload!.Next], ['Event', 'IngestAgain'])
  assert.equal(IngestAgain!.Arguments?.InvocationType, 'RequestResponse')
})

test('a failed upload goes to the bucket of failures after Lambda’s default attempts', async () => {
  const { Properties } = (await stage('msk-iam')).template.Resources.IngestLambdaEvConf!
  assert.deepEqual(Properties.DestinationConfig, {
    OnFailure: { Destination: { 'Fn::GetAtt': ['FailuresBucket', 'Arn'] } },
  })
  assert.deepEqual([Properties.MaximumRetryAttempts, Properties.MaximumEventAgeInSeconds], [2, 21_600])
})

test('only the rule for failed uploads sends messages to the queue with the alarm', async () => {
  const { FailuresBucket, FailedIngestsRule, FailedIngestsQueuePolicy } = (await stage('msk-iam')).template
    .Resources
  assert.deepEqual(FailuresBucket!.Properties.NotificationConfiguration, {
    EventBridgeConfiguration: { EventBridgeEnabled: true },
  })
  assert.deepEqual(FailedIngestsRule!.Properties.Targets, [
    { Id: 'queue', Arn: { 'Fn::GetAtt': ['FailedIngestsQueue', 'Arn'] } },
  ])
  const { Statement } = FailedIngestsQueuePolicy!.Properties.PolicyDocument as {
    readonly Statement: readonly PolicyStatement[]
  }
  assert.deepEqual(Statement[0]!.Condition, {
    ArnEquals: { 'aws:SourceArn': { 'Fn::GetAtt': ['FailedIngestsRule', 'Arn'] } },
  })
})

test('count has a concurrency of 1 unless set, and no other function is limited', async () => {
  const unlimited = await renderStage('none', { ...exampleSettings('msk-iam'), COUNT_CONCURRENCY: 'none' })
  const inTwo = await renderStage('two', { ...exampleSettings('msk-iam'), COUNT_CONCURRENCY: '2' })
  for (const [{ Resources }, containers] of [
    [(await stage('msk-iam')).template, 1],
    [inTwo.template, 2],
    [unlimited.template, undefined],
  ] as const) {
    for (const [id, { Properties }] of Object.entries(Resources)) {
      if (!ourFunction.test(id)) continue
      const expected = id === 'CountLambdaFunction' ? containers : undefined
      assert.equal(Properties.ReservedConcurrentExecutions, expected, id)
    }
  }
})

test('functions that connect to Kafka are in the VPC, and no function has a layer', async () => {
  for (const example of ['msk-iam', 'confluent']) {
    const { Resources } = (await stage(example)).template
    const { SUBNET_IDS, SECURITY_GROUP_IDS } = exampleSettings(example)
    const network = SUBNET_IDS && {
      SubnetIds: SUBNET_IDS.split(','),
      SecurityGroupIds: SECURITY_GROUP_IDS!.split(','),
    }
    for (const [id, { Type, Properties }] of Object.entries(Resources)) {
      assert.notEqual(Type, 'AWS::Lambda::LayerVersion')
      if (!ourFunction.test(id)) continue
      assert.deepEqual(Properties.VpcConfig, /^(Uploads|Page)/.test(id) ? undefined : network, id)
      assert.equal(Properties.Layers, undefined)
    }
  }
})

test('an existing bucket notifies ingest after the topics were created, with a minimal role', async () => {
  const { Resources } = (await stage('self-managed-scram')).template
  assert.ok(Resources.IngestCustomS31?.DependsOn?.includes('Topics'))
  const policy = rolePolicies((await stage('self-managed-scram')).template).get(
    'IamRoleCustomResourcesLambdaExecution',
  )
  assert.deepEqual(
    policy?.Statement.map(({ Action, Resource }) => [Action, Resource]),
    [
      [['s3:GetBucketNotification', 's3:PutBucketNotification'], 'arn:aws:s3:::example-books'],
      [
        ['lambda:AddPermission', 'lambda:RemovePermission'],
        'arn:aws:lambda:eu-central-1:123456789012:function:book-counts-self-managed-scram-ingest',
      ],
    ],
  )
})

test('EventBridge invokes ingest without a change to the notifications of an existing bucket', async () => {
  const { template } = await renderStage('bridge', {
    ...exampleSettings('self-managed-scram'),
    BUCKET_EVENTS: 'eventbridge',
  })
  const { BooksRule, BooksRulePermission, IngestCustomS31 } = template.Resources
  assert.equal(IngestCustomS31, undefined)
  assert.ok(BooksRule?.DependsOn?.includes('Topics'))
  assert.deepEqual(BooksRulePermission?.Properties.SourceArn, { 'Fn::GetAtt': ['BooksRule', 'Arn'] })
  const [{ InputTransformer }] = BooksRule!.Properties.Targets as [
    { InputTransformer: { InputPathsMap: Record<string, string>; InputTemplate: string } },
  ]
  // EventBridge replaces each variable in its template with a JSON string.
  const key = 'Märchen/a b+c "%41".txt'
  const values: Record<string, string> = { region: 'eu-central-1', time: 'now', bucket: 'example-books', key }
  assert.deepEqual(Object.keys(InputTransformer.InputPathsMap).sort(), Object.keys(values).sort())
  const event = InputTransformer.InputTemplate.replaceAll(/<(\w+)>/g, (_, name) =>
    JSON.stringify(values[name]),
  )
  assert.deepEqual(decodeS3Event(JSON.parse(event)), [{ bucket: 'example-books', key }])
})

test('the mapping uses the VPC connection to another account, and roles name its cluster', async () => {
  const connection = 'arn:aws:kafka:eu-central-1:123456789012:vpc-connection/444455556666/theirs/0000-5'
  const { template } = await renderStage('theirs', {
    ...exampleSettings('msk-iam'),
    MSK_CLUSTER_ARN: connection,
  })
  const mapping = Object.values(template.Resources).find(
    ({ Type }) => Type === 'AWS::Lambda::EventSourceMapping',
  )
  assert.equal(mapping?.Properties.EventSourceArn, connection)
  assert.ok(mapping?.DependsOn?.includes('Topics'))
  const resourcesOf = (action: string) =>
    rolePolicies(template)
      .get('CountRole')!
      .Statement.flatMap(({ Action, Resource }) => (Action.includes(action) ? Resource : []))
  assert.deepEqual(resourcesOf('kafka:DescribeVpcConnection'), [connection])
  const theirs = 'arn:aws:kafka:eu-central-1:444455556666'
  assert.deepEqual(resourcesOf('kafka:DescribeClusterV2'), [`${theirs}:cluster/theirs/*`])
  assert.deepEqual(resourcesOf('kafka-cluster:Connect'), [`${theirs}:cluster/theirs/*`])
  assert.ok(resourcesOf('kafka-cluster:ReadData').includes(`${theirs}:topic/theirs/*/books.books`))
})

test('the role of a mapping of MSK with SCRAM allows listing the secrets of the cluster', async () => {
  const { MSK_CLUSTER_ARN } = exampleSettings('msk-scram')
  const policy = rolePolicies((await stage('msk-scram')).template).get('CountRole')
  assert.ok(
    policy?.Statement.some(
      ({ Action, Resource }) => Action.includes('kafka:ListScramSecrets') && Resource === MSK_CLUSTER_ARN,
    ),
  )
})

test("a stage's key encrypts buckets, queues and logs; count may use it", async () => {
  const { KMS_KEY_ARN } = exampleSettings('msk-scram')
  const { template } = await stage('msk-scram')
  for (const [id, { Type, Properties }] of Object.entries(template.Resources)) {
    if (Type === 'AWS::Logs::LogGroup') assert.equal(Properties.KmsKeyId, KMS_KEY_ARN, id)
    if (Type === 'AWS::SQS::Queue') assert.equal(Properties.KmsMasterKeyId, KMS_KEY_ARN, id)
  }
  const byKey = rolePolicies(template)
    .get('CountRole')
    ?.Statement.find(({ Resource }) => Resource === KMS_KEY_ARN)
  assert.deepEqual(byKey?.Action, ['kms:Decrypt', 'kms:GenerateDataKey'])
})

test('every role has the set path and boundary, and the API writes an access log', async () => {
  const PERMISSIONS_BOUNDARY_ARN = 'arn:aws:iam::123456789012:policy/boundary'
  const { template } = await renderStage('bounded', {
    ...exampleSettings('self-managed-scram'),
    PERMISSIONS_BOUNDARY_ARN,
    ROLE_PATH: '/teams/books/',
  })
  const roles = Object.values(template.Resources).filter(({ Type }) => Type === 'AWS::IAM::Role')
  assert.equal(roles.length, 8)
  for (const { Properties } of roles) {
    assert.deepEqual(
      [Properties.Path, Properties.PermissionsBoundary],
      ['/teams/books/', PERMISSIONS_BOUNDARY_ARN],
    )
  }
  const { DestinationArn } = template.Resources.HttpApiStage!.Properties.AccessLogSettings as {
    DestinationArn: unknown
  }
  assert.deepEqual(DestinationArn, { 'Fn::GetAtt': ['HttpApiLogGroup', 'Arn'] })
})

test('existing roles are used instead of created ones, for all functions or for some', async () => {
  const arnOf = (name: string) => `arn:aws:iam::123456789012:role/books/${name}`
  const rolesOf = async (names: readonly string[]) => {
    const ROLE_ARNS = names.map((name) => `${name}=${arnOf(name)}`).join(',')
    const { template, file } = await renderStage('roles', { ...exampleSettings('msk-iam'), ROLE_ARNS })
    const { Resources } = template
    const created = Object.keys(Resources).filter((id) => Resources[id]!.Type === 'AWS::IAM::Role')
    const used = Object.entries(Resources).flatMap(([id, { Properties }]) =>
      ourFunction.test(id) ? [Properties.Role] : id === 'BackfillWorkflow' ? [Properties.RoleArn] : [],
    )
    return { created, used, file }
  }
  const all = await rolesOf(roleNames)
  assert.deepEqual([all.created, new Set(all.used)], [[], new Set(roleNames.map(arnOf))])
  if ('bin' in tools) assert.equal(await cfnLint(tools.bin, all.file), '')
  const some = await rolesOf(['ingest', 'backfill'])
  assert.deepEqual(
    some.created.sort(),
    ['count', 'counts', 'page', 'topics', 'uploads'].map((name) => `${idOf(name)}Role`),
  )
})

test('the snippets for a domain and a WAF are valid within the template', {
  skip: 'missing' in tools ? tools.missing : false,
}, async () => {
  assert.ok('bin' in tools)
  const page = readFileSync(new URL('../../../docs/deploy.md', import.meta.url), 'utf8')
  const [, section = ''] = page.split('\n### A custom domain, and a WAF\n')
  const snippets = [...section.split('\n## ')[0]!.matchAll(/^```yaml\n(.*?)^```$/gms)].map(
    ([, yaml]) => yaml!,
  )
  assert.equal(snippets.length, 2)
  const { Resources } = (await stage('msk-iam')).template
  const entries = Object.entries(Resources).map(([id, resource]) => `  ${id}: ${JSON.stringify(resource)}\n`)
  for (const [i, snippet] of snippets.entries()) {
    const file = join(temporaryFolder(), `${i}.yml`)
    writeFileSync(file, snippet.replace(/^Resources:\n/, `Resources:\n${entries.join('')}`))
    assert.equal(await cfnLint(tools.bin, file), '')
  }
})

test('functions use the newest Node.js unless set, without versions, from a private bucket', async () => {
  const older = await renderStage('older', { ...exampleSettings('msk-iam'), RUNTIME: 'nodejs22.x' })
  for (const [{ Resources }, runtime] of [
    [(await stage('msk-iam')).template, 'nodejs24.x'],
    [older.template, 'nodejs22.x'],
  ] as const) {
    for (const { Type, Properties } of Object.values(Resources)) {
      assert.notEqual(Type, 'AWS::Lambda::Version')
      if (Type === 'AWS::Lambda::Function') assert.equal(Properties.Runtime, runtime)
    }
    assert.ok(Resources.ServerlessDeploymentBucket?.Properties.PublicAccessBlockConfiguration)
  }
})

test('Lambda does not limit recursive invocations of ingest', async () => {
  const { Properties } = (await stage('msk-iam')).template.Resources.IngestLambdaFunction!
  assert.equal(Properties.RecursiveLoop, 'Allow')
})

test('a stage with missing settings is rejected with the names of all of them', async () => {
  await assert.rejects(renderStage('prod', {}), (error: { stderr: string; stdout: string }) => {
    const output = `${error.stdout}${error.stderr}`
    for (const name of ['USERID', 'BUCKET', 'BROKERS', 'MSK_CLUSTER_ARN'])
      assert.match(output, new RegExp(name))
    return true
  })
})

const routesOfTexts = ['POST /uploads', 'GET /downloads', 'DELETE /books', 'GET /messages']
const routesOfCounts = ['GET /counts', 'GET /counts/{book+}', 'GET /failures', 'GET /health']

/** How each route of this key is authorized. */
function routesOf({ Resources }: RenderedTemplate, key: string): unknown[] {
  return Object.values(Resources)
    .filter(({ Type, Properties }) => Type === 'AWS::ApiGatewayV2::Route' && Properties.RouteKey === key)
    .map(({ Properties }) => Properties.AuthorizationType ?? 'NONE')
}

type WorkflowMap = {
  readonly MaxConcurrency: number
  readonly ToleratedFailurePercentagePath: string
  readonly ResultWriter: { readonly Parameters: Readonly<Record<string, string>> }
  readonly ItemProcessor: {
    readonly States: Readonly<
      Record<
        string,
        {
          Type: string
          Next?: string
          Arguments?: { InvocationType: string }
          Catch?: readonly { Next: string }[]
        }
      >
    >
  }
}

type Encryption = {
  readonly ServerSideEncryptionConfiguration: readonly { readonly ServerSideEncryptionByDefault: unknown }[]
}

/** Findings by role. */
async function foundByParliament(
  bin: string,
  policies: Readonly<Record<string, unknown>>,
): Promise<Readonly<Record<string, readonly string[]>>> {
  const program = fileURLToPath(new URL('../../harness/policy_findings.py', import.meta.url))
  const running = promisify(execFile)(join(bin, 'python'), [program], { maxBuffer: 1 << 24 })
  running.child.stdin?.end(JSON.stringify(policies))
  return JSON.parse((await running).stdout)
}
