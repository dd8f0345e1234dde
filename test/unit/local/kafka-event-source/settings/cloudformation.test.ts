// biome-ignore-all lint/suspicious/noTemplateCurlyInString: this is CloudFormation's syntax
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import type { ServerlessWithResources } from '../../../../../local/kafka-event-source/settings/service.ts'
import { readServiceSettings } from '../../../../../local/kafka-event-source/settings/service-settings.ts'

const naming = createRequire(import.meta.url)('serverless/lib/plugins/aws/lib/naming.js')
const now = Date.UTC(2026, 10, 21)
const logicalId = 'TakeEventSourceMappingKafkaOrders'
const queueArn = 'arn:aws:sqs:eu-west-1:000000000000:dead'

type Service = {
  readonly resources?: ServerlessWithResources['service']['resources']
  readonly references?: Readonly<Record<string, unknown>>
  readonly custom?: Readonly<Record<string, unknown>>
  readonly provider?: ServerlessWithResources['service']['provider']
  readonly events?: readonly Readonly<Record<string, unknown>>[]
}

function read({ resources, references, custom, provider, events = [{ kafka: event }] }: Service) {
  const kafkaEventSource = { ...(references && { references }), ...custom }
  const serverless: ServerlessWithResources = {
    classes: { Error },
    serviceDir: '/service',
    service: {
      service: 'shop',
      provider: { region: 'eu-west-1', ...provider },
      custom: { kafkaEventSource },
      ...(resources && { resources }),
      functions: { take: { name: 'shop-dev-take', handler: 'fn.handler', events } },
    },
    getProvider: () => ({ getStage: () => 'dev', naming }),
  }
  return readServiceSettings(serverless, now)
}

const event = {
  accessConfigurations: { vpcSubnet: ['subnet-0'], vpcSecurityGroup: ['sg-0'] },
  bootstrapServers: ['127.0.0.1:9092'],
  topic: 'orders',
}

/** `resources` that set these properties of the mapping. */
const extension = (Properties: Readonly<Record<string, unknown>>) => ({
  extensions: { [logicalId]: { Properties } },
})
const onFailure = (Destination: unknown) => ({ DestinationConfig: { OnFailure: { Destination } } })

async function destinationOf(expression: unknown, service: Service = {}) {
  const { mappings, warnings } = await read({
    ...service,
    resources: { ...service.resources, ...extension(onFailure(expression)) },
  })
  return { destination: mappings[0]!.settings.onFailure?.target, advice: warnings.join('\n') }
}

const queue = { DeadLetters: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead' } } }

const known: readonly [expression: unknown, service?: Service][] = [
  [{ 'Fn::Sub': 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:dead' }],
  [{ 'Fn::Sub': ['arn:aws:sqs:eu-west-1:000000000000:${Name}', { Name: 'dead' }] }],
  [{ 'Fn::Join': [':', ['arn:aws:sqs', { Ref: 'AWS::Region' }, { Ref: 'AWS::AccountId' }, 'dead']] }],
  [{ 'Fn::GetAtt': ['DeadLetters', 'Arn'] }, { resources: { Resources: queue } }],
  [{ 'Fn::GetAtt': 'DeadLetters.Arn' }, { resources: { Resources: queue } }],
  [{ 'Fn::Sub': '${DeadLetters.Arn}' }, { resources: { Resources: queue } }],
  [{ 'Fn::GetAtt': ['DeadLetters', 'Arn'] }, { references: { 'DeadLetters.Arn': queueArn } }],
  [{ 'Fn::ImportValue': 'dead-arn' }, { references: { 'dead-arn': queueArn } }],
  [
    { 'Fn::ImportValue': { 'Fn::Sub': '${AWS::StackName}-dead' } },
    { references: { 'shop-dev-dead': queueArn } },
  ],
  [{ Ref: 'DeadArn' }, { resources: { Parameters: { DeadArn: { Type: 'String', Default: queueArn } } } }],
  [
    { Ref: 'DeadArn' },
    { provider: { stackParameters: [{ ParameterKey: 'DeadArn', ParameterValue: queueArn }] } },
  ],
  ['{{resolve:ssm:/dead}}', { references: { '{{resolve:ssm:/dead}}': queueArn } }],
  [
    { 'Fn::Sub': '{{resolve:ssm:/${AWS::Region}/dead}}' },
    { references: { '{{resolve:ssm:/eu-west-1/dead}}': queueArn } },
  ],
  [{ 'Fn::Select': [1, { 'Fn::Split': [',', `x,${queueArn}`] }] }],
  [
    { 'Fn::FindInMap': ['Queues', { Ref: 'AWS::Region' }, 'dead'] },
    { resources: { Mappings: { Queues: { 'eu-west-1': { dead: queueArn } } } } },
  ],
]

for (const [expression, service] of known) {
  test(`resolves ${JSON.stringify(expression)} ${JSON.stringify(service ?? {})}`.slice(0, 110), async () => {
    assert.equal((await destinationOf(expression, service)).destination, queueArn)
  })
}

test('resolves the ARNs of topics and buckets that have a name', async () => {
  const Resources = {
    Alarm: { Type: 'AWS::SNS::Topic', Properties: { TopicName: 'alarm' } },
    Bin: { Type: 'AWS::S3::Bucket', Properties: { BucketName: { 'Fn::Sub': 'bin-${AWS::Region}' } } },
  }
  const of = async (expression: unknown) =>
    (await destinationOf(expression, { resources: { Resources } })).destination
  assert.equal(await of({ Ref: 'Alarm' }), 'arn:aws:sns:eu-west-1:000000000000:alarm')
  assert.equal(await of({ 'Fn::GetAtt': ['Bin', 'Arn'] }), 'arn:aws:s3:::bin-eu-west-1')
  assert.equal(await of({ 'Fn::Sub': 'arn:aws:s3:::${Bin}' }), 'arn:aws:s3:::bin-eu-west-1')
})

for (const [region, partition, suffix] of [
  ['cn-north-1', 'aws-cn', 'amazonaws.com.cn'],
  ['us-gov-west-1', 'aws-us-gov', 'amazonaws.com'],
  ['eu-west-1', 'aws', 'amazonaws.com'],
] as const) {
  test(`resolves the partition and the domain of ${region}`, async () => {
    const of = async (expression: unknown) =>
      (await destinationOf(expression, { provider: { region }, resources: { Resources: queue } })).destination
    const arn = `arn:${partition}:sqs:${region}:000000000000:dead`
    assert.equal(
      await of({ 'Fn::Sub': 'arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:dead' }),
      arn,
    )
    assert.equal(await of({ 'Fn::GetAtt': ['DeadLetters', 'Arn'] }), arn)
    const host = `sqs.${region}.\${AWS::URLSuffix}`
    assert.equal(await of({ 'Fn::Sub': `arn:aws:s3:::${host}` }), `arn:aws:s3:::sqs.${region}.${suffix}`)
  })
}

const unknown: readonly [expression: unknown, key: string, service?: Service][] = [
  [{ 'Fn::GetAtt': ['DeadLetters', 'Arn'] }, 'DeadLetters.Arn'],
  [
    { 'Fn::GetAtt': ['DeadLetters', 'Arn'] },
    'DeadLetters.Arn',
    { resources: { Resources: { DeadLetters: { Type: 'AWS::SQS::Queue' } } } },
  ],
  [{ 'Fn::Sub': 'arn:aws:sqs:eu-west-1:000000000000:${Queue}' }, 'Queue'],
  [{ 'Fn::ImportValue': 'dead-arn' }, 'dead-arn'],
  [
    { Ref: 'DeadArn' },
    'DeadArn',
    {
      resources: {
        Parameters: { DeadArn: { Type: 'AWS::SSM::Parameter::Value<String>', Default: '/dead' } },
      },
    },
  ],
]

for (const [expression, key, service] of unknown) {
  test(
    `starts without a destination that it cannot resolve: ${JSON.stringify(expression)} ${JSON.stringify(service ?? {})}`.slice(
      0,
      120,
    ),
    async () => {
      const { destination, advice } = await destinationOf(expression, service)
      assert.equal(destination, undefined)
      assert.ok(advice.includes(`custom.kafkaEventSource.references: { '${key}': … }`), advice)
    },
  )
}

test('ends infinite retries after 10 although the destination is unknown', async () => {
  const resources = extension(onFailure({ 'Fn::GetAtt': ['DeadLetters', 'Arn'] }))
  assert.equal((await read({ resources })).mappings[0]!.settings.maximumRetryAttempts, 10)
})

test('an empty destination is none, as in AWS', async () => {
  const Conditions = { IsProd: { 'Fn::Equals': ['dev', 'prod'] } }
  const ifProd = { 'Fn::If': ['IsProd', queueArn, { Ref: 'AWS::NoValue' }] }
  for (const config of [onFailure(''), onFailure(ifProd), { DestinationConfig: {} }]) {
    const { mappings } = await read({ resources: { Conditions, ...extension(config) } })
    assert.equal(mappings[0]!.settings.onFailure, undefined)
    assert.equal(mappings[0]!.settings.maximumRetryAttempts, -1)
  }
  const misspelt = extension({ DestinationConfig: { OnFailure: { Target: queueArn } } })
  await assert.rejects(read({ resources: misspelt }), /DestinationConfig must be the ARN of an SQS queue/)
})

test('empty filter criteria are none, as in AWS', async () => {
  for (const criteria of [{}, { Filters: [] }]) {
    const { mappings } = await read({ resources: extension({ FilterCriteria: criteria }) })
    assert.equal(mappings[0]!.settings.filter, undefined)
  }
  for (const criteria of [{ Filter: [] }, { Filters: {} }, 'none', null]) {
    const misspelt = read({ resources: extension({ FilterCriteria: criteria }) })
    await assert.rejects(misspelt, /FilterCriteria must be an object with a list of Filters, not /)
  }
})

test('resolves Fn::If with known conditions', async () => {
  const Conditions = {
    IsProd: { 'Fn::Equals': [{ Ref: 'Stage' }, 'prod'] },
    IsEurope: { 'Fn::Equals': [{ 'Fn::Select': [0, { 'Fn::Split': ['-', { Ref: 'AWS::Region' }] }] }, 'eu'] },
    IsEuropeanTest: { 'Fn::And': [{ Condition: 'IsEurope' }, { 'Fn::Not': [{ Condition: 'IsProd' }] }] },
    IsEither: { 'Fn::Or': [{ Condition: 'IsEurope' }, { 'Fn::Equals': [{ Ref: 'Nothing' }, 'x'] }] },
  }
  const Parameters = { Stage: { Type: 'String', Default: 'dev' } }
  const sizeIf = async (condition: string, references = {}) => {
    const resources = extension({ BatchSize: { 'Fn::If': [condition, 1_000, 10] } })
    const { mappings } = await read({ references, resources: { Conditions, Parameters, ...resources } })
    return mappings[0]!.settings.batchSize
  }
  assert.equal(await sizeIf('IsProd'), 10)
  assert.equal(await sizeIf('IsProd', { Stage: 'prod' }), 1_000)
  assert.equal(await sizeIf('IsProd', { IsProd: true }), 1_000)
  assert.equal(await sizeIf('IsEurope'), 1_000)
  assert.equal(await sizeIf('IsEuropeanTest'), 1_000)
  assert.equal(await sizeIf('IsEither'), 1_000)
  await assert.rejects(
    sizeIf('IsNowhere'),
    /BatchSize depends on IsNowhere, .*references: \{ 'IsNowhere': … \}/,
  )
})

test('omits a property with the value AWS::NoValue', async () => {
  const BatchSize = { 'Fn::If': ['IsProd', 1_000, { Ref: 'AWS::NoValue' }] }
  const { mappings } = await read({ references: { IsProd: 'false' }, resources: extension({ BatchSize }) })
  assert.equal(mappings[0]!.settings.batchSize, 100)
})

test('rejects a condition that refers to itself', async () => {
  const resources = {
    Conditions: { Loop: { 'Fn::Not': [{ Condition: 'Loop' }] } },
    ...extension({ BatchSize: { 'Fn::If': ['Loop', 1, 2] } }),
  }
  await assert.rejects(read({ resources }), /BatchSize depends on Loop/)
})

test('accepts an unknown value of a property without local effect', async () => {
  await read({ resources: extension({ KmsKeyArn: { 'Fn::GetAtt': ['Key', 'Arn'] } }) })
})

test('lists all properties without local effect in one warning', async () => {
  const unused = {
    MetricsConfig: { Metrics: ['EventCount'] },
    LoggingConfig: { SystemLogLevel: 'INFO' },
    Tags: [{ Key: 'a', Value: 'b' }],
    ProvisionedPollerConfig: { MinimumPollers: 1, PollerGroupName: 'shared' },
  }
  const Resources = { Mine: { ...declared, Properties: { ...declared.Properties, Tags: [] } } }
  const { warnings } = await read({ resources: { Resources, ...extension(unused) } })
  assert.deepEqual(warnings, [
    'Without effect on this machine: LoggingConfig, MetricsConfig, Tags, ProvisionedPollerConfig.PollerGroupName.',
  ])
})

test('finds a secret and an MSK cluster by the names of their references', async () => {
  const events = [{ msk: { arn: { Ref: 'Cluster' }, topic: 'orders', saslScram512: { Ref: 'Login' } } }]
  const custom = {
    brokers: { Cluster: '127.0.0.1:9096' },
    secrets: { Login: { username: 'u', password: 'p' } },
  }
  const { mappings } = await read({ events, custom })
  assert.deepEqual(mappings[0]!.access.brokers, ['127.0.0.1:9096'])
  assert.deepEqual(mappings[0]!.access.sasl, { mechanism: 'SCRAM-SHA-512', username: 'u', password: 'p' })
})

test('accepts the ARN of a cluster as a reference, and its brokers by either name', async () => {
  const arn = 'arn:aws:kafka:eu-west-1:123456789012:cluster/demo/abc'
  const events = [{ msk: { arn: { Ref: 'Cluster' }, topic: 'orders' } }]
  for (const name of ['Cluster', arn, 'demo']) {
    const custom = { brokers: { [name]: '127.0.0.1:9096' } }
    const { mappings } = await read({ events, custom, references: { Cluster: arn } })
    assert.deepEqual(mappings[0]!.access.brokers, ['127.0.0.1:9096'])
    assert.deepEqual((mappings[0]!.settings.source as { arn?: string }).arn, arn)
  }
})

const declared = {
  Type: 'AWS::Lambda::EventSourceMapping',
  Properties: {
    FunctionName: { 'Fn::GetAtt': ['TakeLambdaFunction', 'Arn'] },
    Topics: ['declared'],
    StartingPosition: 'TRIM_HORIZON',
    SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: ['127.0.0.1:9092'] } },
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: 'group' },
  },
}

test('reads mappings that are declared as resources, by any name of their function', async () => {
  for (const FunctionName of [
    declared.Properties.FunctionName,
    { Ref: 'TakeLambdaFunction' },
    { 'Fn::Sub': '${TakeLambdaFunction.Arn}:live' },
    'shop-dev-take',
    '000000000000:function:shop-dev-take',
    'arn:aws:lambda:eu-west-1:123456789012:function:shop-dev-take:1',
  ]) {
    const Resources = { Mine: { ...declared, Properties: { ...declared.Properties, FunctionName } } }
    const { mappings } = await read({ events: [], resources: { Resources } })
    assert.equal(mappings.length, 1, JSON.stringify(FunctionName))
    assert.equal(mappings[0]!.functionKey, 'take')
    assert.equal(mappings[0]!.settings.topic, 'declared')
    assert.match(mappings[0]!.groupId, /^group-local-/)
  }
})

test('reports an invalid property of a declared mapping by its path in resources', async () => {
  const Resources = { Mine: { ...declared, Properties: { ...declared.Properties, BatchSiz: 1 } } }
  await assert.rejects(
    read({ events: [], resources: { Resources } }),
    /resources\.Resources\.Mine\.Properties\.BatchSiz is not a setting of a Kafka event source mapping/,
  )
})

test('reports a property that CloudFormation rejects, by its path in resources', async () => {
  const wrong: [Readonly<Record<string, unknown>>, RegExp][] = [
    [
      { SelfManagedKafkaEventSourceConfig: { ConsumerGroupID: 'group' } },
      /Properties\.SelfManagedKafkaEventSourceConfig has no setting ConsumerGroupID/,
    ],
    [
      { FilterCriteria: { Filters: [{ Pattern: { value: ['a'] } }] } },
      /Properties\.FilterCriteria cannot be used: the pattern must be a string with a JSON object, not \{"value":/,
    ],
    [
      { FilterCriteria: { Filters: [{ Pattern: '"a"' }] } },
      /must be a string with a JSON object, not "\\"a\\""/,
    ],
    [
      { SourceAccessConfigurations: ['arn:aws:secretsmanager:eu-west-1:123456789012:secret:login'] },
      /Properties\.SourceAccessConfigurations must be a list of \{Type, URI\}, not "arn:/,
    ],
  ]
  for (const [properties, message] of wrong) {
    const Resources = { Mine: { ...declared, Properties: { ...declared.Properties, ...properties } } }
    await assert.rejects(read({ events: [], resources: { Resources } }), message)
  }
})

test('warns about access that an unknown condition decides, and connects without it', async () => {
  for (const SourceAccessConfigurations of [
    [{ 'Fn::If': ['IsSecure', {}, { Ref: 'AWS::NoValue' }] }],
    { 'Fn::If': ['IsSecure', [], { Ref: 'AWS::NoValue' }] },
  ]) {
    const { mappings, warnings } = await read({ resources: extension({ SourceAccessConfigurations }) })
    assert.deepEqual(mappings[0]!.settings.access, [])
    assert.match(
      warnings.join(),
      /SourceAccessConfigurations depends on IsSecure, .* Until then, it is not used/,
    )
  }
})

test('requires a topic of a declared mapping', async () => {
  const { Topics: _, ...Properties } = declared.Properties
  await assert.rejects(
    read({ events: [], resources: { Resources: { Mine: { ...declared, Properties } } } }),
    /resources\.Resources\.Mine\.Properties\.Topics is missing/,
  )
})

test('accepts bootstrap servers as any list: literal, split, or a parameter', async () => {
  const two = ['b1.example:9092', 'b2.example:9092']
  const servers = async (KafkaBootstrapServers: unknown, service: Service = {}) => {
    const SelfManagedEventSource = { Endpoints: { KafkaBootstrapServers } }
    const Mine = { ...declared, Properties: { ...declared.Properties, SelfManagedEventSource } }
    const resources = { ...service.resources, Resources: { Mine } }
    return (await read({ ...service, events: [], resources })).mappings[0]!.access.brokers
  }
  const parameter = (Type: string, Default?: string) => ({
    Parameters: { Servers: { Type, ...(Default && { Default }) } },
  })
  const given = [{ ParameterKey: 'Servers', ParameterValue: two.join() }]
  assert.deepEqual(await servers(two), two)
  assert.deepEqual(await servers({ 'Fn::Split': [',', two.join()] }), two)
  for (const service of [
    { resources: parameter('CommaDelimitedList', two.join(', ')) },
    { resources: parameter('List<String>', two.join()) },
    { resources: parameter('CommaDelimitedList', 'other:9092'), provider: { stackParameters: given } },
    { resources: parameter('CommaDelimitedList'), provider: { stackParameters: given } },
  ]) {
    assert.deepEqual(await servers({ Ref: 'Servers' }, service), two)
  }
  const rule =
    /Mine\.Properties\.SelfManagedEventSource must have a list of host:port as Endpoints\.KafkaBootstrapServers, not/
  for (const wrong of [[], two.join(), undefined]) await assert.rejects(servers(wrong), rule)
})

test('reports a property that is known only after a deployment once', async () => {
  const resources = extension({ StartingPosition: { Ref: 'Position' } })
  await assert.rejects(read({ resources }), /^[^\n]+\n[^\n]+StartingPosition depends on Position, [^\n]+$/)
})

test('does not take the name of a Systems Manager parameter for its value', async () => {
  const Parameters = { Size: { Type: 'AWS::SSM::Parameter::Value<Number>' } }
  const provider = { stackParameters: [{ ParameterKey: 'Size', ParameterValue: '/orders/size' }] }
  const resources = { Parameters, ...extension({ BatchSize: { Ref: 'Size' } }) }
  await assert.rejects(read({ provider, resources }), /BatchSize depends on Size, which is known only after/)
})

test('warns that a mapping of another service’s function does not run', async () => {
  const Resources = { Mine: { ...declared, Properties: { ...declared.Properties, FunctionName: 'other' } } }
  const { mappings, warnings } = await read({ events: [], resources: { Resources } })
  assert.equal(mappings.length, 0)
  assert.match(warnings.join(), /resources\.Resources\.Mine does not run: its FunctionName is "other", which/)
})

test('runs the function of an alias or a version', async () => {
  const FunctionName = { Ref: 'TakeLambdaFunction' }
  const Mine = { ...declared, Properties: { ...declared.Properties, FunctionName: { Ref: 'Live' } } }
  for (const Type of ['AWS::Lambda::Alias', 'AWS::Lambda::Version']) {
    const Live = { Type, Properties: { FunctionName, Name: 'live' } }
    const { mappings } = await read({ events: [], resources: { Resources: { Live, Mine } } })
    assert.equal(mappings[0]?.functionKey, 'take', Type)
  }
  const references = { Live: 'shop-dev-take' }
  const { mappings } = await read({ events: [], references, resources: { Resources: { Mine } } })
  assert.equal(mappings[0]?.functionKey, 'take')
})

test('names the reference of an unknown function', async () => {
  const Mine = { ...declared, Properties: { ...declared.Properties, FunctionName: { Ref: 'Live' } } }
  const { warnings } = await read({ events: [], resources: { Resources: { Mine } } })
  assert.match(
    warnings.join(),
    /Mine does not run: its FunctionName depends on Live, .*references: \{ 'Live': … \}/,
  )
})

test('ignores mappings of other event sources', async () => {
  const Properties = { FunctionName: 'shop-dev-take', EventSourceArn: queueArn }
  const { mappings } = await read({
    events: [],
    resources: { Resources: { Mine: { ...declared, Properties } } },
  })
  assert.equal(mappings.length, 0)
})

test('runs a mapping only if its condition is true', async () => {
  const resources = (Condition: string) => ({
    Conditions: { IsProd: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'us-east-1'] } },
    extensions: { [logicalId]: { Condition } },
  })
  const { mappings, warnings } = await read({ resources: resources('IsProd') })
  assert.equal(mappings.length, 0)
  assert.match(warnings.join(), /take: events\[0\]\.kafka does not run: its condition IsProd is false/)
  await assert.rejects(
    read({ resources: resources('IsNew') }),
    /events\[0\]\.kafka: its condition depends on IsNew/,
  )
})

test('reports a misspelt logical id, and ignores those of other resources', async () => {
  const misspelt = (id: string, layer: 'extensions' | 'Resources') =>
    read({ resources: { [layer]: { [id]: { Properties: { BatchSize: 1 } } } } })
  for (const layer of ['extensions', 'Resources'] as const) {
    await assert.rejects(
      misspelt('TakeEventSourceMappingKafkaOrder', layer),
      new RegExp(
        `resources\\.${layer}\\.TakeEventSourceMappingKafkaOrder is not the logical id of a mapping. Change it to ${logicalId}`,
      ),
    )
    await assert.rejects(misspelt('takeEventsourceMapingKafkaOrders', layer), /Change it to/)
    await assert.rejects(misspelt('GiveEventSourceMappingMSKClusterParcels', layer), /Use one of: Take/)
    await misspelt('HttpApiStage', layer)
  }
})
