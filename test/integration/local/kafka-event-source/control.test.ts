import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  GetEventSourceMappingCommand,
  LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import { withoutKcat } from '../../../harness/kcat.ts'
import { waitFor } from '../../../harness/wait-for.ts'
import { kafkaEvent, newTopic, recordingService, seen, startService } from './event-source.ts'
import { numbers, produce } from './produce.ts'

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

test('lag and counters are beside the mapping, by AWS’s names', options, async (t) => {
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
