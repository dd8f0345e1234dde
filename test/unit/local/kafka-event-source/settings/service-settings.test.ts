import assert from 'node:assert/strict'
import { createRequire } from 'node:module'
import { test } from 'node:test'
import { clusterAccess } from '../../../../../local/kafka-event-source/settings/cluster-access.ts'
import { customSettings } from '../../../../../local/kafka-event-source/settings/custom-settings.ts'
import { Problems, SettingsError } from '../../../../../local/kafka-event-source/settings/problems.ts'
import type { ServerlessWithResources } from '../../../../../local/kafka-event-source/settings/service.ts'
import { readServiceSettings } from '../../../../../local/kafka-event-source/settings/service-settings.ts'

const naming = createRequire(import.meta.url)('serverless/lib/plugins/aws/lib/naming.js')
const now = Date.UTC(2026, 10, 21)
const logicalId = 'CountEventSourceMappingKafkaMelines'

const vpc = { vpcSubnet: ['subnet-0'], vpcSecurityGroup: ['sg-0'] }
const minimal = { accessConfigurations: vpc, bootstrapServers: ['127.0.0.1:9092'], topic: 'me.lines' }
type Event = Readonly<Record<string, unknown>>

function serverless(
  events: readonly Event[],
  more: { custom?: unknown; extension?: Event; resource?: Event; definition?: Event; names?: Event } = {},
): ServerlessWithResources {
  const resources = {
    ...(more.resource && { Resources: { [logicalId]: { Properties: more.resource } } }),
    ...(more.extension && { extensions: { [logicalId]: { Properties: more.extension } } }),
  }
  return {
    classes: { Error },
    serviceDir: '/service',
    service: {
      service: 'service',
      provider: {},
      custom: { kafkaEventSource: more.custom },
      resources,
      functions: { count: { handler: 'fn.handler', events, ...more.definition } },
    },
    getProvider: () => ({ getStage: () => 'dev', naming: { ...naming, ...more.names } }),
  }
}

const read = (...args: Parameters<typeof serverless>) => readServiceSettings(serverless(...args), now)

async function settingsOf(event: Event, more?: Parameters<typeof serverless>[1]) {
  return (await read([{ kafka: { ...minimal, ...event } }], more)).mappings[0]!.settings
}

test('AWS’s defaults: 100 records, 500 ms, TRIM_HORIZON, enabled, unlimited retries', async () => {
  const settings = await settingsOf({})
  assert.deepEqual(
    {
      batchSize: settings.batchSize,
      windowMs: settings.windowMs,
      startingPosition: settings.startingPosition,
      enabled: settings.enabled,
      attempts: settings.maximumRetryAttempts,
      age: settings.maximumRecordAgeSeconds,
      bisect: settings.bisectBatchOnFunctionError,
      items: settings.reportBatchItemFailures,
    },
    {
      batchSize: 100,
      windowMs: 500,
      startingPosition: { type: 'TRIM_HORIZON' },
      enabled: true,
      attempts: -1,
      age: -1,
      bisect: false,
      items: false,
    },
  )
})

test('accepts a single value instead of a list, as serverless does', async () => {
  const settings = await settingsOf({ bootstrapServers: 'localhost:9092' })
  assert.deepEqual(settings.source, { kind: 'kafka', bootstrapServers: ['localhost:9092'] })
})

test('a window in whole seconds; 0 deploys as the default, except in CloudFormation', async () => {
  assert.equal((await settingsOf({ maximumBatchingWindow: 3 })).windowMs, 3_000)
  const { mappings, warnings } = await read([{ kafka: { ...minimal, maximumBatchingWindow: 0 } }])
  assert.equal(mappings[0]!.settings.windowMs, 500)
  assert.match(
    warnings.join(),
    /count: events\[0\]\.kafka\.maximumBatchingWindow is 0, which serverless does not deploy/,
  )
  assert.equal((await settingsOf({}, { extension: { MaximumBatchingWindowInSeconds: 0 } })).windowMs, 0)
})

test('reads settings without a key in serverless from resources: Resources merged deeply, extensions property by property', async () => {
  const settings = await settingsOf(
    { batchSize: 5, provisionedPollerConfig: { minimumPollers: 2, maximumPollers: 4 } },
    {
      resource: { ProvisionedPollerConfig: { MaximumPollers: 3 }, BatchSize: 6 },
      extension: {
        BatchSize: 7,
        MaximumRetryAttempts: 3,
        MaximumRecordAgeInSeconds: 60,
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
      },
    },
  )
  assert.deepEqual(settings.provisioned, { minimumPollers: 2, maximumPollers: 3 })
  assert.deepEqual(
    [
      settings.batchSize,
      settings.maximumRetryAttempts,
      settings.maximumRecordAgeSeconds,
      settings.bisectBatchOnFunctionError,
      settings.reportBatchItemFailures,
    ],
    [7, 3, 60, true, true],
  )
})

test('warns about more filters than AWS’s default quota', async () => {
  const filterPatterns = Array(6).fill({ value: ['x'] })
  const { warnings } = await read([{ kafka: { ...minimal, filterPatterns } }])
  assert.match(
    warnings.join(),
    /kafka\.filterPatterns has 6 patterns\. More than 5 require a higher quota in AWS/,
  )
})

test('reads numbers and booleans from strings, as serverless and CloudFormation do', async () => {
  const settings = await settingsOf(
    { batchSize: '500', maximumBatchingWindow: '3', enabled: 'false' },
    {
      extension: {
        StartingPosition: 'AT_TIMESTAMP',
        StartingPositionTimestamp: '1.7e9',
        ProvisionedPollerConfig: { MinimumPollers: '2', MaximumPollers: '4' },
        MaximumRetryAttempts: '-1',
        MaximumRecordAgeInSeconds: '60',
        BisectBatchOnFunctionError: 'true',
      },
    },
  )
  assert.deepEqual(
    [settings.batchSize, settings.windowMs, settings.enabled, settings.bisectBatchOnFunctionError],
    [500, 3_000, false, true],
  )
  assert.deepEqual([settings.maximumRetryAttempts, settings.maximumRecordAgeSeconds], [-1, 60])
  assert.deepEqual(settings.provisioned, { minimumPollers: 2, maximumPollers: 4 })
  assert.deepEqual(settings.startingPosition, { type: 'AT_TIMESTAMP', timestampMs: 1_700_000_000_000 })
})

test('accepts numbers as group, topic and password, which YAML reads from digits', async () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:k-AbCdEf'
  const event = { topic: 2026, consumerGroupId: 42, accessConfigurations: { saslPlainAuth: arn } }
  const custom = { secrets: { [arn]: { username: 'u', password: 12345678 } }, consumerGroupIds: 'deployed' }
  const { access, groupId, settings } = (await read([{ kafka: { ...minimal, ...event } }], { custom }))
    .mappings[0]!
  assert.deepEqual([settings.topic, groupId], ['2026', '42'])
  assert.deepEqual(access.sasl, { mechanism: 'PLAIN', username: 'u', password: '12345678' })
})

test('reads custom settings from strings, because variables of serverless.yml are strings', async () => {
  const createTopics = { partitions: '3', replicationFactor: '-1' }
  const texts = { createTopics, inspect: 'true', freeze: 'true', idleSeconds: '5', controlPort: '0' }
  const { custom } = await read([{ kafka: minimal }], { custom: texts })
  const { inspect, freeze, idleSeconds, controlPort } = custom
  assert.deepEqual(custom.createTopics, { partitions: 3, replicationFactor: -1 })
  assert.deepEqual(
    { inspect, freeze, idleSeconds, controlPort },
    { inspect: 0, freeze: true, idleSeconds: 5, controlPort: 0 },
  )
  assert.equal(
    (await read([{ kafka: minimal }], { custom: { createTopics: 'false' } })).custom.createTopics,
    undefined,
  )
})

test('infinite retries end after 10 with an on-failure destination', async () => {
  const onFailureDestination = 'arn:aws:sqs:us-east-1:123456789012:failures'
  assert.equal((await settingsOf({ onFailureDestination })).maximumRetryAttempts, 10)
})

test('each mapping has its own stable group, configured or generated', async () => {
  const events = [{ kafka: minimal }, { kafka: { ...minimal, topic: 'other', consumerGroupId: 'mine' } }]
  const [first, second] = (await read(events)).mappings
  assert.match(first!.groupId, /^[0-9a-f]{8}-[0-9a-f]{4}-8[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  assert.equal(first!.groupId, (await read(events)).mappings[0]!.groupId)
  assert.match(second!.groupId, /^mine-local-/)
  assert.notEqual(first!.uuid, second!.uuid)
})

test('a configured group gets a suffix, so that a local run does not join the deployed group', async () => {
  const event = { kafka: { ...minimal, consumerGroupId: 'orders' } }
  const groupOf = async (custom?: unknown) => (await read([event], { custom })).mappings[0]!.groupId
  assert.match(await groupOf(), /^orders-local-[0-9a-f]{8}$/)
  assert.equal(await groupOf(), await groupOf())
  assert.equal(await groupOf({ consumerGroupIds: 'deployed' }), 'orders')
  for (const name of ['count', logicalId, 'orders']) {
    assert.equal(await groupOf({ consumerGroupIds: { [name]: 'mine' } }), 'mine')
  }
  const longest = { kafka: { ...minimal, consumerGroupId: 'x'.repeat(200) } }
  assert.equal((await read([longest])).mappings[0]!.groupId.length, 200)
})

test('brokers replaces the bootstrap servers of a kafka event: by one, by all, or for every cluster', async () => {
  const event = { kafka: { ...minimal, bootstrapServers: ['b1.example:9092', 'b2.example:9092'] } }
  for (const brokers of [
    '127.0.0.1:9092',
    ['127.0.0.1:9092'],
    { 'b2.example:9092': '127.0.0.1:9092' },
    { 'b1.example:9092,b2.example:9092': ['127.0.0.1:9092'] },
    { '*': '127.0.0.1:9092', 'other.example:9092': '127.0.0.1:9093' },
  ]) {
    const { mappings } = await read([event], { custom: { brokers } })
    assert.deepEqual(mappings[0]!.access.brokers, ['127.0.0.1:9092'], JSON.stringify(brokers))
  }
})

test('warns about keys of brokers and consumerGroupIds that no mapping uses', async () => {
  const warningsWith = async (custom: object) => {
    const event = { kafka: { ...minimal, consumerGroupId: 'orders' } }
    return (await read([event], { custom })).warnings.join()
  }
  const local = '127.0.0.1:9093'
  assert.equal(
    await warningsWith({ brokers: { '127.0.0.1:9092': local, 'b1.exmaple:9092': local } }),
    'custom.kafkaEventSource: no mapping uses b1.exmaple:9092.',
  )
  assert.equal(
    await warningsWith({ consumerGroupIds: { count: 'mine', order: 'a', [logicalId]: 'b', cuont: 'c' } }),
    'custom.kafkaEventSource: no mapping uses order, cuont.',
  )
  assert.equal(await warningsWith({ consumerGroupIds: { orders: 'mine' }, brokers: local }), '')
})

test('brokers for every cluster apply to MSK clusters too', async () => {
  const events = [{ msk: { arn: { 'Fn::ImportValue': 'shared-cluster' }, topic: 'a' } }]
  const { mappings } = await read(events, { custom: { brokers: '127.0.0.1:9092' } })
  assert.deepEqual(mappings[0]!.access.brokers, ['127.0.0.1:9092'])
})

test('one function reads one topic from two MSK clusters, as serverless deploys it', async () => {
  const events = ['East', 'West'].map((cluster) => ({ msk: { arn: { Ref: cluster }, topic: 'a' } }))
  const custom = { brokers: { East: '127.0.0.1:9092', West: '127.0.0.1:9093' } }
  const { mappings } = await read(events, { custom })
  assert.deepEqual(
    mappings.map(({ access }) => access.brokers),
    [['127.0.0.1:9092'], ['127.0.0.1:9093']],
  )
  assert.notEqual(mappings[0]!.groupId, mappings[1]!.groupId)
})

test('an MSK cluster’s ARN or reference has local brokers', async () => {
  const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/abc'
  const custom = { brokers: { [arn]: '127.0.0.1:9092, 127.0.0.1:9093', demo2: ['127.0.0.1:9094'] } }
  const events = [{ msk: { arn, topic: 'a' } }, { msk: { arn: { Ref: 'demo2' }, topic: 'b' } }]
  const { mappings } = await read(events, { custom })
  assert.deepEqual(
    mappings.map(({ access }) => access.brokers),
    [['127.0.0.1:9092', '127.0.0.1:9093'], ['127.0.0.1:9094']],
  )
})

/** Every problem is reported at once, so each of these has one. */
const refused: readonly [event: Event, message: RegExp, more?: Parameters<typeof serverless>[1]][] = [
  [{ batchSize: 0 }, /count: events\[0\]\.kafka\.batchSize must be an integer from 1 to 10000, not 0/],
  [{ batchSize: 10_001 }, /kafka\.batchSize must be/],
  [{ batchSize: 'many' }, /kafka\.batchSize must be an integer from 1 to 10000, not "many"/],
  [{ batchSize: '0' }, /kafka\.batchSize must be/],
  [{ maximumBatchingWindow: 301 }, /kafka\.maximumBatchingWindow must be an integer from 0 to 300/],
  [{ maximumBatchingWindow: 0.5 }, /kafka\.maximumBatchingWindow must be/],
  [{ batchWindow: 1 }, /count: events\[0\]\.kafka\.batchWindow is not a setting of a kafka event/],
  [{ topic: undefined }, /kafka\.topic is missing/],
  [{ topic: ['a', 'b'] }, /kafka\.topic must be the name of one topic/],
  [
    { bootstrapServers: ['localhost'] },
    /kafka\.bootstrapServers must be a list of host:port, not "localhost"/,
  ],
  [{ bootstrapServers: ['SASL_SSL://b:9096'] }, /must be a list of host:port, not "SASL_SSL:\/\/b:9096"/],
  [
    { accessConfigurations: {} },
    /accessConfigurations must be an object with at least one setting, not \{\}/,
  ],
  [
    { accessConfigurations: { vpcSubnet: ['subnet-0'] } },
    /accessConfigurations\.vpcSecurityGroup is required together with vpcSubnet/,
  ],
  [
    { accessConfigurations: { ...vpc, sasl: 'x' } },
    /accessConfigurations\.sasl is not an access configuration/,
  ],
  [{ startingPosition: 'EARLIEST' }, /kafka\.startingPosition must be TRIM_HORIZON, LATEST or AT_TIMESTAMP/],
  [
    { startingPosition: 'AT_TIMESTAMP' },
    /StartingPositionTimestamp must be a past time in Unix seconds, not undefined/,
  ],
  [
    { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: now },
    /kafka\.startingPositionTimestamp must be a past time/,
  ],
  [{ startingPositionTimestamp: 1 }, /startingPositionTimestamp applies to AT_TIMESTAMP only/],
  [{ consumerGroupId: 'a b' }, /kafka\.consumerGroupId must be 1 to 200 of/],
  [{ consumerGroupId: 'x'.repeat(201) }, /kafka\.consumerGroupId must be/],
  [{ enabled: 'no' }, /kafka\.enabled must be true or false/],
  [
    { filterPatterns: Array(11).fill({ value: ['x'] }) },
    /kafka\.filterPatterns must be at most 10 patterns, not 11/,
  ],
  [
    { filterPatterns: [{ eventName: ['INSERT'] }] },
    /kafka\.filterPatterns cannot be used: eventName is not a key/,
  ],
  [
    { filterPatterns: [{ value: [{ begins: 'x' }] }] },
    /filterPatterns cannot be used: value\[0\] has the unknown operator/,
  ],
  [
    { onFailureDestination: 'arn:aws:lambda:x' },
    /kafka\.onFailureDestination must be the ARN of an SQS queue/,
  ],
  [
    { onFailureDestination: 'kafka://other' },
    /onFailureDestination may be a Kafka topic only with Provisioned/,
  ],
  [
    { onFailureDestination: 'kafka://me.lines', provisionedPollerConfig: { minimumPollers: 1 } },
    /onFailureDestination must not be the source topic/,
  ],
  [
    { provisionedPollerConfig: { minimumPollers: 201 } },
    /provisionedPollerConfig must have MinimumPollers from 1 to 200, not 201/,
  ],
  [
    { provisionedPollerConfig: { minimumPollers: 5, maximumPollers: 4 } },
    /must have MaximumPollers from 5 to 2000, not 4/,
  ],
  [{}, /MaximumRetryAttempts requires ProvisionedPollerConfig/, { extension: { MaximumRetryAttempts: 1 } }],
  [
    { provisionedPollerConfig: { minimumPollers: 1 } },
    new RegExp(
      `resources\\.extensions\\.${logicalId}\\.Properties\\.MaximumRecordAgeInSeconds must be an integer`,
    ),
    { extension: { MaximumRecordAgeInSeconds: 59 } },
  ],
  [{}, /ParallelizationFactor is not a setting of a Kafka/, { extension: { ParallelizationFactor: 2 } }],
  [
    {},
    /SelfManagedKafkaEventSourceConfig has a SchemaRegistryConfig that requires ProvisionedPollerConfig/,
    { extension: { SelfManagedKafkaEventSourceConfig: { SchemaRegistryConfig: {} } } },
  ],
  ...(
    [
      [
        {},
        /must have the URL of a registry, or the ARN of a Glue registry, as SchemaRegistryURI, not undefined/,
      ],
      [{ SchemaRegistryURI: 'arn:aws:glue:x' }, /must have the URL of a registry/],
      [{ EventRecordFormat: 'AVRO' }, /must have JSON or SOURCE as EventRecordFormat, not "AVRO"/],
      [{ SchemaValidationConfigs: [{ Attribute: 'HEADER' }] }, /with the attributes KEY or VALUE, not/],
      [{ Uri: 'x' }, /has a SchemaRegistryConfig that has no setting Uri/],
    ] as const
  ).map(([config, message]): [Event, RegExp, { extension: Event }] => {
    const SelfManagedKafkaEventSourceConfig = { SchemaRegistryConfig: config }
    return [
      { provisionedPollerConfig: { minimumPollers: 1 } },
      message,
      { extension: { SelfManagedKafkaEventSourceConfig } },
    ]
  }),
  [{}, /schemaRegistries must be a URL, or URLs/, { custom: { schemaRegistries: 'here' } }],
  [
    {},
    /has ConsumptionMode Queue, which is not emulated/,
    { extension: { SelfManagedKafkaEventSourceConfig: { ConsumptionMode: 'Queue' } } },
  ],
  [{}, /count: handler is missing/, { definition: { handler: undefined } }],
  [{}, /count: timeout must be at most 840 seconds/, { definition: { timeout: 841 } }],
  [
    {},
    /custom\.kafkaEventSource\.references must have values by name, such as \{ 'Queue\.Arn': … \}/,
    { custom: { references: { Queue: { Arn: 'arn:x' } } } },
  ],
  [{}, /consumerGroupIds must be "deployed" or group ids/, { custom: { consumerGroupIds: 'mine' } }],
  [{}, /brokers must be host:port or a list of them, not "here"/, { custom: { brokers: 'here' } }],
  [{}, /custom\.kafkaEventSource\.freez is not a setting/, { custom: { freez: true } }],
  [{}, /custom\.kafkaEventSource\.containers must be random or sticky/, { custom: { containers: 'any' } }],
  [{}, /custom\.kafkaEventSource\.idleSeconds must be an integer/, { custom: { idleSeconds: 0 } }],
  [{}, /custom\.kafkaEventSource\.endpoint must be a URL/, { custom: { endpoint: 'nowhere' } }],
  [{}, /custom\.kafkaEventSource\.createTopics must be/, { custom: { createTopics: { partition: 3 } } }],
  [{}, /custom\.kafkaEventSource must be an object/, { custom: 'yes' }],
]

for (const [event, message, more] of refused) {
  test(
    `rejects, naming function and key: ${JSON.stringify(event)} ${JSON.stringify(more ?? {})}`.slice(0, 120),
    async () => {
      await assert.rejects(
        settingsOf(event, more),
        (error) => error instanceof SettingsError && message.test(error.message),
      )
    },
  )
}

test('warns of a function that is never invoked', async () => {
  const { warnings } = await read([{ kafka: minimal }], { definition: { reservedConcurrency: 0 } })
  assert.match(warnings.join(), /count: its reservedConcurrency is 0, so it is never invoked/)
})

test('reports all problems in one error', async () => {
  await assert.rejects(
    settingsOf({ batchSize: 0, enabled: 'no', x: 1 }, { custom: { y: 1 } }),
    (error: Error) => {
      return error.message.split('\n').length === 5
    },
  )
})

test('rejects two mappings of one topic, and one group for two mappings', async () => {
  await assert.rejects(
    read([{ kafka: minimal }, { kafka: { ...minimal, topic: 'me-lines' } }]),
    /two mappings with the logical id CountEventSourceMappingKafkaMelines, of the topics me\.lines and me-lines/,
  )
  const same = { consumerGroupId: 'same' }
  const events = [{ kafka: { ...minimal, ...same } }, { kafka: { ...minimal, ...same, topic: 'other' } }]
  await assert.rejects(
    read(events),
    /consumerGroupId same is also the group of CountEventSourceMappingKafkaMelines/,
  )
})

test('one function reads one topic from two clusters, as serverless 4 deploys it', async () => {
  const names = {
    getKafkaEventLogicalId: (key: string, topic: string, ...identity: unknown[]) =>
      `${key}-${topic}${identity.length === 0 ? '' : JSON.stringify(identity)}`,
  }
  const other = { ...minimal, bootstrapServers: 'b1.example:9092', consumerGroupId: 'mine' }
  const { mappings } = await read([{ kafka: other }, { http: 'GET /' }, { kafka: minimal }], { names })
  assert.deepEqual(
    mappings.map(({ logicalId: id }) => id),
    ['count-me.lines["mine",["b1.example:9092"]]', 'count-me.lines'],
  )
})

test('reads pollers by the keys of osls 4 and of serverless 4', async () => {
  const provisioned = { minimumPollers: 2, maximumPollers: 3 }
  for (const event of [
    { provisionedPollerConfig: provisioned },
    { provisionedPollers: { min: 2, max: 3, group: 'shared' } },
  ]) {
    assert.deepEqual((await settingsOf(event)).provisioned, provisioned)
  }
})

test('rejects an MSK cluster without local brokers', async () => {
  const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/abc'
  await assert.rejects(
    read([{ msk: { arn, topic: 'a' } }]),
    /count: a reads from the cluster .*, which has no local brokers. Set custom\.kafkaEventSource\.brokers: \{ 'arn:/,
  )
})

test('connects to an MSK cluster without a secret by IAM, with a token of the AWS credentials', async () => {
  const broker = 'b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com'
  const accessOf = async (brokers: string, event = {}) => {
    const events = [{ msk: { arn: { Ref: 'Cluster' }, topic: 'a', ...event } }]
    const custom = { brokers: { Cluster: brokers }, secrets: { login: { username: 'u', password: 'p' } } }
    return (await read(events, { custom })).mappings[0]!.access
  }
  for (const port of [9098, 9198]) {
    const { sasl, tls } = await accessOf(`${broker}:${port}`)
    assert.deepEqual([sasl?.mechanism, tls], ['OAUTHBEARER', {}])
    assert.ok(sasl?.mechanism === 'OAUTHBEARER')
    Object.assign(process.env, { AWS_ACCESS_KEY_ID: 'AKIDEXAMPLE', AWS_SECRET_ACCESS_KEY: 'secret' })
    const url = new URL(Buffer.from((await sasl.newToken()).tokenValue, 'base64url').toString())
    assert.equal(url.hostname, 'kafka.eu-west-1.amazonaws.com')
    assert.match(url.searchParams.get('X-Amz-Credential')!, /^AKIDEXAMPLE\//)
  }
  assert.equal((await accessOf(`${broker}:9092`)).sasl, undefined)
  assert.equal((await accessOf('127.0.0.1:9098')).sasl, undefined)
  const withSecret = await accessOf(`${broker}:9098`, { saslScram512: 'login' })
  assert.equal(withSecret.sasl?.mechanism, 'SCRAM-SHA-512')
})

test('connects with IAM at any address if it is set, and keeps the certificate authority', async () => {
  const accessConfigurations = { serverRootCaCertificate: 'ca' }
  const events = [{ kafka: { bootstrapServers: ['127.0.0.1:9098'], topic: 'a', accessConfigurations } }]
  const iam = { region: 'eu-west-1', accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }
  const custom = { iam, secrets: { ca: { certificate: 'authority' } } }
  const { sasl, tls } = (await read(events, { custom })).mappings[0]!.access
  assert.deepEqual(tls, { ca: 'authority' })
  assert.ok(sasl?.mechanism === 'OAUTHBEARER')
  const url = new URL(Buffer.from((await sasl.newToken()).tokenValue, 'base64url').toString())
  assert.match(url.searchParams.get('X-Amz-Credential')!, /^AKIDEXAMPLE\/\d+\/eu-west-1\//)
  await assert.rejects(
    read(events, { custom: { iam: 'eu-west-1' } }),
    /kafkaEventSource\.iam must be \{region\}/,
  )
})

test('reports a secret that cannot be read with its mapping', async () => {
  const problems = new Problems()
  const settings = await settingsOf({ accessConfigurations: { saslPlainAuth: 'arn:of-a-secret' } })
  const lookup = () => Promise.reject(new Error('the secret arn:of-a-secret cannot be read: denied'))
  const custom = customSettings({}, problems)
  await clusterAccess(settings, { custom, lookup, where: 'count: me.lines', problems })
  assert.deepEqual(problems.sentences, ['count: me.lines: the secret arn:of-a-secret cannot be read: denied'])
})

test('rejects a secret without a required key, by name', async () => {
  const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:k-AbCdEf'
  const event = { accessConfigurations: { saslPlainAuth: arn } }
  await assert.rejects(
    settingsOf(event, { custom: { secrets: { [arn]: { user: 'x', password: 'y' } } } }),
    /count: me\.lines needs "username" in the secret/,
  )
})
