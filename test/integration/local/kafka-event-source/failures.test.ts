import assert from 'node:assert/strict'
import { test } from 'node:test'
import { GetObjectCommand, ListObjectsV2Command } from '@aws-sdk/client-s3'
import type { KafkaEvent } from '../../../../lambda/kafka-event.ts'
import { localCredentials } from '../../../../local/settings/s3-credentials.ts'
import { startBucket } from '../../../harness/bucket.ts'
import {
  createTopic,
  kafkaEvent,
  newTopic,
  provisioned,
  recordingService,
  seen,
  startService,
  untilCommitted,
} from '../../../harness/event-source.ts'
import { committedOffsets } from '../../../harness/groups.ts'
import { kcatRecords, withoutKcat } from '../../../harness/kcat.ts'
import { numbers, produce, produceAt } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'
import { startAwsEndpoint } from './aws-endpoint.ts'

const options = { skip: withoutKcat }
type Topic = { brokers: string; topic: string }

/** A mapping in provisioned mode, with CloudFormation's properties in `resources.extensions`. */
function provisionedService(topic: Topic, properties: Readonly<Record<string, unknown>>) {
  return {
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { batchSize: 4 })] } },
    resources: provisioned(topic.topic, properties),
  }
}

const committed = (topic: Topic) => committedOffsets(topic.brokers, `${topic.topic}.group`, topic.topic)

const failOn = (poison: string) => `
  const values = recordsOf(event).map(textOf)
  see(values)
  if (values.includes('${poison}')) throw new Error('poison')`

test(
  'MaximumRetryAttempts: drops the batch after the first attempt and that many retries',
  options,
  async (t) => {
    const topic = await newTopic()
    await produce(topic, numbers(8))
    const { serviceDir, seenFile } = recordingService(failOn('5'))
    const service = await startService(t, {
      serviceDir,
      ...provisionedService(topic, { MaximumRetryAttempts: 2 }),
    })
    await untilCommitted(topic, [8])
    const batches = seen<string[]>(seenFile).map((values) => values.join())
    assert.deepEqual(batches, ['0,1,2,3', '4,5,6,7', '4,5,6,7', '4,5,6,7'])
    assert.equal(service.mapping.counters.DroppedEventCount, 4)
    assert.ok(service.lines.some((line) => line.endsWith('4..7 (4) dropped: RetryAttemptsExhausted')))
  },
)

test('BisectBatchOnFunctionError: splits until the failing record is alone', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, numbers(4))
  const { serviceDir, seenFile } = recordingService(failOn('2'))
  await startService(t, {
    serviceDir,
    ...provisionedService(topic, { MaximumRetryAttempts: 1, BisectBatchOnFunctionError: true }),
  })
  await untilCommitted(topic, [4])
  assert.deepEqual(
    seen<string[]>(seenFile).map((values) => values.join()),
    ['0,1,2,3', '0,1', '2,3', '2', '2', '3'],
  )
})

test('MaximumRecordAgeInSeconds: drops older records', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, ['new'])
  const { serviceDir } = recordingService(`throw new Error('always')`)
  const { mapping } = await startService(t, {
    serviceDir,
    ...provisionedService(topic, { MaximumRecordAgeInSeconds: 60 }),
  })
  await waitFor(() => mapping.counters.InvokeErrorCount > 0, { within: 20_000 })
  assert.deepEqual(await committed(topic), [0])
  // Avoids a wait of a minute: the same mapping reads records that are a minute old.
  const old = await newTopic({ configs: { 'message.timestamp.type': 'CreateTime' } })
  await produceAt(old, [
    ['stale', Date.now() - 61_000],
    ['fresh', Date.now()],
  ])
  const aged = recordingService('see(recordsOf(event).map(textOf))')
  const second = await startService(t, {
    serviceDir: aged.serviceDir,
    ...provisionedService(old, { MaximumRecordAgeInSeconds: 60 }),
  })
  await untilCommitted(old, [2])
  assert.deepEqual(seen<string[]>(aged.seenFile), [['fresh']])
  assert.ok(second.lines.some((line) => line.endsWith('[0] 0 (1) dropped: RecordAgeExceeded')))
})

test(
  'ReportBatchItemFailures: retries only the failed records, and commits none beyond them',
  options,
  async (t) => {
    const topic = await newTopic({ partitions: 1 })
    await produce(topic, numbers(4))
    const { serviceDir, seenFile } = recordingService(`
    const records = recordsOf(event)
    see(records.map(textOf))
    globalThis.calls = (globalThis.calls ?? 0) + 1
    const failed = records.filter((record) => Number(textOf(record)) % 2 === 1 && globalThis.calls < 3)
    return { batchItemFailures: failed.map(({ topic, partition, offset }) => ({
      itemIdentifier: { partition: topic + '-' + partition, offset } })) }`)
    const { mapping } = await startService(t, {
      serviceDir,
      ...provisionedService(topic, { FunctionResponseTypes: ['ReportBatchItemFailures'] }),
    })
    await untilCommitted(topic, [4])
    assert.deepEqual(
      seen<string[]>(seenFile).map((values) => values.join()),
      ['0,1,2,3', '1,3', '1,3'],
    )
    assert.equal(mapping.counters.FailedInvokeEventCount, 4)
  },
)

test(
  'ReportBatchItemFailures: retries the whole batch after a string identifier or an unknown record',
  options,
  async (t) => {
    const topic = await newTopic()
    await produce(topic, numbers(2))
    const { serviceDir, seenFile } = recordingService(`
    see(recordsOf(event).map(textOf))
    globalThis.calls = (globalThis.calls ?? 0) + 1
    if (globalThis.calls === 1) return { batchItemFailures: [{ itemIdentifier: '0' }] }
    if (globalThis.calls === 2) return { batchItemFailures: [{ itemIdentifier: { partition: 'x-0', offset: 0 } }] }
    return {}`)
    await startService(t, {
      serviceDir,
      ...provisionedService(topic, { FunctionResponseTypes: ['ReportBatchItemFailures'] }),
    })
    await untilCommitted(topic, [2])
    assert.deepEqual(
      seen<string[]>(seenFile).map((values) => values.join()),
      ['0,1', '0,1', '0,1'],
    )
  },
)

test(
  'infinite retries end after 10 with an on-failure destination: SQS receives the offset ranges',
  options,
  async (t) => {
    const topic = await newTopic()
    await produce(topic, numbers(3))
    const aws = await startAwsEndpoint(t)
    const { serviceDir, seenFile } = recordingService(failOn('1'))
    const { mapping } = await startService(t, {
      serviceDir,
      custom: { endpoint: aws.endpoint, maxBackoffSeconds: 0 },
      functions: {
        fn: {
          handler: 'fn.handler',
          events: [
            kafkaEvent(topic, { onFailureDestination: 'arn:aws:sqs:us-east-1:000000000000:failures' }),
          ],
        },
      },
    })
    const [message] = await waitFor(() => aws.sqsMessages, {
      within: 120_000,
      until: (all) => all.length === 1,
    })
    assert.equal(seen(seenFile).length, 11)
    const body = JSON.parse(message!.MessageBody)
    assert.equal(message!.QueueUrl.endsWith('/failures'), true)
    assert.deepEqual(body.requestContext, {
      requestId: body.requestContext.requestId,
      functionArn: 'arn:aws:lambda:us-east-1:000000000000:function:fn:$LATEST',
      condition: 'RetryAttemptsExhausted',
      approximateInvokeCount: 11,
    })
    assert.match(body.requestContext.requestId, /^[0-9a-f-]{36}$/)
    assert.deepEqual(body.responseContext, {
      statusCode: 200,
      executedVersion: '$LATEST',
      functionError: 'Unhandled',
    })
    assert.equal(body.version, '1.0')
    const { batchSize, bootstrapServers, payloadSize, recordsInfo } = body.KafkaBatchInfo
    assert.deepEqual([batchSize, bootstrapServers], [3, topic.brokers])
    assert.ok(payloadSize > 300)
    const info = recordsInfo[`${topic.topic}-0`]
    assert.deepEqual([info.firstRecordOffset, info.lastRecordOffset], ['0', '2'])
    assert.match(info.firstRecordTimestamp, /^\d{4}-\d\d-\d\dT/)
    await untilCommitted(topic, [3])
    assert.equal(mapping.counters.OnFailureDestinationDeliveredEventCount, 3)
  },
)

test('on-failure destination S3: offset ranges and the event', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, ['poison'])
  const { endpoint, bucket, s3 } = await startBucket()
  Object.assign(process.env, {
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  })
  const { serviceDir } = recordingService(failOn('poison'))
  const { mapping } = await startService(t, {
    serviceDir,
    custom: { endpoint },
    ...provisionedService(topic, {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: `arn:aws:s3:::${bucket}` } },
    }),
  })
  await untilCommitted(topic, [1])
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: bucket }))
  const [object] = Contents
  const day = '\\d{4}/\\d\\d/\\d\\d'
  const name = new RegExp(
    `^aws/lambda/${mapping.mapping.uuid}/${day}/\\d{4}-\\d\\d-\\d\\dT\\d\\d\\.\\d\\d\\.\\d\\d-[0-9a-f-]{36}$`,
  )
  assert.match(object!.Key!, name)
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: object!.Key! }))
  const stored = JSON.parse(await Body!.transformToString())
  assert.equal(stored.requestContext.condition, 'RetryAttemptsExhausted')
  const event = JSON.parse(stored.payload) as KafkaEvent
  assert.equal(event.records[`${topic.topic}-0`]![0]!.value, Buffer.from('poison').toString('base64'))
})

test('on-failure destination Kafka topic: one message per record, with its key', options, async (t) => {
  const topic = await newTopic()
  const failures = `${topic.topic}.failures`
  await createTopic(topic.brokers, failures, 3)
  await produce(topic, ['k1:poison', 'k2:y'], 0, ['-K', ':'])
  const { serviceDir } = recordingService(failOn('poison'))
  await startService(t, {
    serviceDir,
    ...provisionedService(topic, {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: `kafka://${failures}` } },
    }),
  })
  await untilCommitted(topic, [2])
  const messages = await kcatRecords(topic.brokers, failures)
  assert.deepEqual(messages.map(({ key }) => key?.toString()).toSorted(), ['k1', 'k2'])
  const message = JSON.parse(messages.find(({ key }) => key?.toString() === 'k1')!.value!.toString())
  assert.equal(message.requestContext.condition, 'RetriesExhausted')
  assert.equal(message.KafkaBatchInfo.batchSize, 1)
  assert.equal(message.KafkaBatchInfo.recordInfo.offset, '0')
  assert.equal(message.payload.records[`${topic.topic}-0`].length, 1)
  // The key goes to the partition that Java clients choose.
  await produce({ ...topic, topic: failures }, ['k1:same', 'k2:same'], -1, [
    '-K',
    ':',
    '-X',
    'topic.partitioner=murmur2',
  ])
  const all = await kcatRecords(topic.brokers, failures)
  for (const key of ['k1', 'k2']) {
    const partitions = all
      .filter((record) => record.key?.toString() === key)
      .map(({ partition }) => partition)
    assert.equal(new Set(partitions).size, 1)
  }
})

test('on-failure destination SNS', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, ['poison'])
  const aws = await startAwsEndpoint(t)
  const { serviceDir } = recordingService(failOn('poison'))
  const arn = 'arn:aws:sns:us-east-1:000000000000:failures'
  await startService(t, {
    serviceDir,
    custom: { endpoint: aws.endpoint },
    ...provisionedService(topic, {
      MaximumRetryAttempts: 0,
      DestinationConfig: { OnFailure: { Destination: arn } },
    }),
  })
  await untilCommitted(topic, [1])
  assert.equal(aws.snsMessages[0]!.TopicArn, arn)
  assert.equal(JSON.parse(aws.snsMessages[0]!.Message).KafkaBatchInfo.batchSize, 1)
})

test(
  'sends a record that exceeds the event limit to the destination, and its neighbours to the function',
  options,
  async (t) => {
    const topic = await newTopic({ configs: { 'max.message.bytes': '8000000' } })
    const large = ['-X', 'message.max.bytes=8000000']
    await produce(topic, ['before'])
    await produce(topic, ['x'.repeat(5_000_000)], 0, large)
    await produce(topic, ['after'])
    const aws = await startAwsEndpoint(t)
    const { serviceDir, seenFile } = recordingService('see(recordsOf(event).map(textOf))')
    await startService(t, {
      serviceDir,
      custom: { endpoint: aws.endpoint },
      functions: {
        fn: {
          handler: 'fn.handler',
          events: [
            kafkaEvent(topic, { onFailureDestination: 'arn:aws:sqs:us-east-1:000000000000:failures' }),
          ],
        },
      },
    })
    await untilCommitted(topic, [3])
    assert.deepEqual(seen<string[]>(seenFile).flat(), ['before', 'after'])
    const body = JSON.parse(aws.sqsMessages[0]!.MessageBody)
    assert.equal(body.requestContext.condition, 'MaximumPayloadSizeExceeded')
    assert.ok(body.KafkaBatchInfo.payloadSize > 6_291_456)
  },
)

test('a timeout or a crash fails only its batch', options, async (t) => {
  const topic = await newTopic({ partitions: 2 })
  await produce(topic, ['hang', 'a'], 0)
  await produce(topic, ['crash', 'b'], 1)
  const { serviceDir, seenFile } = recordingService(`
    const [value] = recordsOf(event).map(textOf)
    const again = existsSync(value)
    appendFileSync(value, '')
    if (value === 'hang' && !again) await new Promise((resolve) => setTimeout(resolve, 60_000))
    if (value === 'crash' && !again) process.exit(1)
    see(value)`)
  const { lines } = await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', timeout: 2, events: [kafkaEvent(topic, { batchSize: 1 })] } },
  })
  const values = await waitFor(() => seen<string>(seenFile), {
    within: 30_000,
    until: (all) => all.length === 4,
  })
  assert.ok(values.indexOf('hang') < values.indexOf('a') && values.indexOf('crash') < values.indexOf('b'))
  assert.ok(lines.some((line) => line.includes('Task timed out after 2.00 seconds')))
  assert.ok(lines.some((line) => line.includes('exit status 1')))
})
