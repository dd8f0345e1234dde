import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { test } from 'node:test'
import { promisify } from 'node:util'
import {
  CreateEventSourceMappingCommand,
  DeleteEventSourceMappingCommand,
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { kafkaEvent, newTopic, recordingService, seen, startService } from '../../../harness/event-source.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { numbers, produce } from '../../../harness/produce.ts'
import { withoutAwsCli } from '../../../harness/python.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const options = { skip: withoutKcat }

test('the Lambda API lists, gets and updates mappings, for the AWS SDK', options, async (t) => {
  const topic = await newTopic()
  const { serviceDir, seenFile } = recordingService('see(recordsOf(event).map(textOf))')
  const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/abc'
  const { controlUrl } = await startService(t, {
    serviceDir,
    custom: { controlPort: 0, brokers: { [arn]: topic.brokers } },
    functions: {
      fn: { name: 'service-dev-fn', handler: 'fn.handler', events: [kafkaEvent(topic, { batchSize: 5 })] },
      other: {
        name: 'service-dev-other',
        handler: 'fn.handler',
        events: [{ msk: { arn, topic: topic.topic, enabled: false } }],
      },
    },
  })
  const lambda = new LambdaClient({
    endpoint: controlUrl!,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'locallocal' },
  })
  t.after(() => lambda.destroy())

  const { EventSourceMappings: all = [] } = await lambda.send(new ListEventSourceMappingsCommand({}))
  assert.equal(all.length, 2)
  const list = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName: 'service-dev-fn' }))
  const [mapping] = list.EventSourceMappings ?? []
  assert.deepEqual(mapping?.Topics, [topic.topic])
  assert.equal(mapping?.BatchSize, 5)
  assert.equal(mapping?.SelfManagedKafkaEventSourceConfig?.ConsumerGroupId, `${topic.topic}.group`)
  assert.deepEqual(mapping?.SelfManagedEventSource?.Endpoints?.KAFKA_BOOTSTRAP_SERVERS, [topic.brokers])
  assert.ok(mapping?.LastModified instanceof Date)
  const byArn = await lambda.send(new ListEventSourceMappingsCommand({ EventSourceArn: arn }))
  assert.deepEqual(
    byArn.EventSourceMappings?.map(({ State, EventSourceArn }) => [State, EventSourceArn]),
    [['Disabled', arn]],
  )

  const UUID = mapping!.UUID!
  const get = () => lambda.send(new GetEventSourceMappingCommand({ UUID }))
  await waitFor(async () => (await get()).State, { within: 20_000, until: (state) => state === 'Enabled' })
  const untilSeen = (count: number) =>
    waitFor(() => seen<string[]>(seenFile), {
      within: 20_000,
      until: (batches) => batches.flat().length === count,
    })
  await produce(topic, numbers(5))
  await untilSeen(5)
  await waitFor(async () => (await get()).LastProcessingResult, {
    within: 20_000,
    until: (result) => result === 'OK',
  })

  const changes = { BatchSize: 2, MaximumBatchingWindowInSeconds: 1 }
  const update = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, ...changes }))
  assert.deepEqual([update.BatchSize, update.MaximumBatchingWindowInSeconds], [2, 1])
  const before = seen(seenFile).length
  await produce(topic, numbers(4, 5))
  const after = (await untilSeen(9)).slice(before)
  assert.ok(
    after.every((values) => values.length <= 2),
    JSON.stringify(after),
  )

  const disabling = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: false }))
  assert.equal(disabling.State, 'Disabling')
  await waitFor(async () => (await get()).State, { within: 20_000, until: (state) => state === 'Disabled' })
  await produce(topic, numbers(2, 9))
  const enabling = await lambda.send(new UpdateEventSourceMappingCommand({ UUID, Enabled: true }))
  assert.equal(enabling.State, 'Enabling')
  assert.deepEqual((await untilSeen(11)).flat(), numbers(11))

  await assert.rejects(lambda.send(new GetEventSourceMappingCommand({ UUID: 'nope' })), {
    name: 'ResourceNotFoundException',
  })
  await assert.rejects(lambda.send(new UpdateEventSourceMappingCommand({ UUID, BatchSize: 0 })), {
    name: 'InvalidParameterValueException',
  })
  await assert.rejects(lambda.send(new UpdateEventSourceMappingCommand({ UUID, MaximumRetryAttempts: 3 })), {
    name: 'InvalidParameterValueException',
  })
})

test('the Lambda API creates and deletes a mapping', options, async (t) => {
  const topic = await newTopic()
  const { serviceDir, seenFile } = recordingService('see(recordsOf(event).map(textOf))')
  const { controlUrl, mappings } = await startService(t, {
    serviceDir,
    custom: { controlPort: 0 },
    functions: { fn: { name: 'service-dev-fn', handler: 'fn.handler' } },
  })
  const lambda = new LambdaClient({
    endpoint: controlUrl!,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'locallocal' },
  })
  t.after(() => lambda.destroy())
  const request = {
    FunctionName: 'service-dev-fn',
    Topics: [topic.topic],
    StartingPosition: 'TRIM_HORIZON' as const,
    SelfManagedEventSource: { Endpoints: { KAFKA_BOOTSTRAP_SERVERS: [topic.brokers] } },
    SelfManagedKafkaEventSourceConfig: { ConsumerGroupId: `${topic.topic}.group` },
    BatchSize: 2,
  }
  await assert.rejects(
    lambda.send(new CreateEventSourceMappingCommand({ ...request, FunctionName: 'nobody' })),
    {
      name: 'InvalidParameterValueException',
      message: /FunctionName must be a function of this service, not "nobody"/,
    },
  )
  await assert.rejects(lambda.send(new CreateEventSourceMappingCommand({ ...request, BatchSize: 0 })), {
    name: 'InvalidParameterValueException',
    message: /BatchSize must be an integer from 1 to 10000, not 0/,
  })
  const { UUID, State, BatchSize } = await lambda.send(new CreateEventSourceMappingCommand(request))
  assert.deepEqual([State, BatchSize], ['Creating', 2])
  await produce(topic, numbers(3))
  await waitFor(() => seen<string[]>(seenFile).flat().length === 3, { within: 30_000 })
  await assert.rejects(lambda.send(new CreateEventSourceMappingCommand(request)), {
    name: 'ResourceConflictException',
  })
  const deleting = await lambda.send(new DeleteEventSourceMappingCommand({ UUID }))
  assert.equal(deleting.State, 'Deleting')
  await waitFor(() => mappings.length === 0, { within: 30_000 })
  await assert.rejects(lambda.send(new GetEventSourceMappingCommand({ UUID })), {
    name: 'ResourceNotFoundException',
  })
})

test('the AWS CLI lists, gets and updates mappings', { skip: withoutKcat || withoutAwsCli }, async (t) => {
  const topic = await newTopic()
  const { serviceDir, seenFile } = recordingService('see(recordsOf(event).map(textOf))')
  const { controlUrl, mapping } = await startService(t, {
    serviceDir,
    custom: { controlPort: 0 },
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { enabled: false })] } },
  })
  const env = {
    ...process.env,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'locallocal',
    AWS_DEFAULT_REGION: 'us-east-1',
  }
  const aws = async (...args: readonly string[]) => {
    const command = ['lambda', ...args, '--endpoint-url', controlUrl!, '--output', 'json']
    return JSON.parse((await promisify(execFile)('aws', command, { env })).stdout)
  }
  const { EventSourceMappings } = await aws('list-event-source-mappings', '--function-name', 'fn')
  const [{ UUID, State, Topics }] = EventSourceMappings
  assert.deepEqual([UUID, State, Topics], [mapping.mapping.uuid, 'Disabled', [topic.topic]])
  const changes = ['--enabled', '--batch-size', '2', '--maximum-batching-window-in-seconds', '1']
  const updated = await aws('update-event-source-mapping', '--uuid', UUID, ...changes)
  assert.deepEqual(
    [updated.State, updated.BatchSize, updated.MaximumBatchingWindowInSeconds],
    ['Enabling', 2, 1],
  )
  await produce(topic, numbers(3))
  await waitFor(() => seen<string[]>(seenFile).flat().length === 3, { within: 30_000 })
  const got = await aws('get-event-source-mapping', '--uuid', UUID)
  assert.deepEqual([got.State, got.LastProcessingResult], ['Enabled', 'OK'])
})

test('rejects an invalid request with the Lambda API’s error', options, async (t) => {
  const topic = await newTopic()
  const { serviceDir } = recordingService('')
  const { controlUrl, mapping } = await startService(t, {
    serviceDir,
    custom: { controlPort: 0 },
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { enabled: false })] } },
  })
  const errorOf = async (path: string, init: RequestInit) => {
    const answer = await fetch(`${controlUrl}/2015-03-31/event-source-mappings${path}`, init)
    return [answer.status, answer.headers.get('x-amzn-errortype')]
  }
  const one = `/${mapping.mapping.uuid}`
  assert.deepEqual(await errorOf(one, { method: 'PUT', body: '{' }), [400, 'InvalidRequestContentException'])
  assert.deepEqual(await errorOf('', { method: 'POST', body: '{}' }), [400, 'InvalidParameterValueException'])
  assert.deepEqual(await errorOf('', { method: 'PATCH', body: '{}' }), [
    405,
    'InvalidRequestContentException',
  ])
  assert.deepEqual(await errorOf('?MaxItems=none', {}), [400, 'InvalidParameterValueException'])
})

test(
  'reports the lag while a function is behind and more records wait than are buffered',
  options,
  async (t) => {
    const topic = await newTopic()
    const values = Array.from({ length: 60 }, () => 'x'.repeat(100_000))
    await produce(topic, values)
    const { serviceDir } = recordingService(`throw new Error('always')`)
    const { mapping } = await startService(t, {
      serviceDir,
      functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { batchSize: 1 })] } },
    })
    await waitFor(() => mapping.counters.InvokeErrorCount > 0, { within: 20_000 })
    assert.deepEqual([...(await mapping.lag())], [[0, 60]])
    await produce(topic, values)
    assert.deepEqual([...(await mapping.lag())], [[0, 120]])
  },
)

test('returns lag and counters with the mapping, by AWS’s names', options, async (t) => {
  const topic = await newTopic({ partitions: 2 })
  const { serviceDir } = recordingService(
    `if (recordsOf(event).map(textOf).includes('poison')) throw new Error('x')`,
  )
  const { controlUrl, mapping } = await startService(t, {
    serviceDir,
    custom: { controlPort: 0 },
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { batchSize: 10 })] } },
  })
  await produce(topic, ['poison', ...numbers(6)], 0)
  await produce(topic, numbers(3), 1)
  const url = `${controlUrl}/2015-03-31/event-source-mappings/${mapping.mapping.uuid}`
  type Described = { Metrics: Record<string, number>; LastProcessingResult: string }
  const described = await waitFor(async () => (await (await fetch(url)).json()) as Described, {
    within: 20_000,
    until: ({ Metrics }) => Metrics.FailedInvokeEventCount! >= 7 && Metrics.MaxOffsetLag === 7,
  })
  assert.equal(described.LastProcessingResult, 'PROBLEM: Function call failed')
  const { PolledEventCount, MaxOffsetLag, SumOffsetLag } = described.Metrics
  assert.equal(PolledEventCount, 10)
  assert.ok(MaxOffsetLag === 7 && SumOffsetLag! >= 7 && SumOffsetLag! <= 10)
})
