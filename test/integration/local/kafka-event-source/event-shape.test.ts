import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KafkaEvent } from '../../../../lambda/kafka-event.ts'
import { kafkaEvent, newTopic, recordingService, seen, startService } from '../../../harness/event-source.ts'
import { kcat, withoutKcat } from '../../../harness/kcat.ts'
import { waitFor } from '../../../harness/wait-for.ts'

test('the event has Lambda’s format, with real partitions, offsets, times and header bytes', {
  skip: withoutKcat,
}, async (t) => {
  const { brokers, topic } = await newTopic({ partitions: 3 })
  const before = Date.now()
  const produce = (partition: number, args: string[], text: string) =>
    kcat(['-P', '-b', brokers, '-t', topic, '-p', String(partition), ...args], text)
  await produce(
    1,
    ['-K', ':', '-H', 'line=a:1', '-H', 'other=\u00e4', '-H', 'line=b'],
    'key:va\u00e4lue\nkey2:x',
  )
  await produce(2, [], 'no key')

  const { serviceDir, seenFile } = recordingService('see(event)')
  await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent({ brokers, topic })] } },
  })
  const events = await waitFor(() => seen<KafkaEvent>(seenFile), {
    within: 20_000,
    until: (all) => all.flatMap(({ records }) => Object.values(records).flat()).length === 3,
  })
  for (const event of events) {
    assert.equal(event.eventSource, 'SelfManagedKafka')
    assert.ok(!('eventSourceArn' in event))
    assert.equal(event.bootstrapServers, brokers)
  }
  const records = Object.assign({}, ...events.map((event) => event.records)) as KafkaEvent['records']
  assert.deepEqual(Object.keys(records).toSorted(), [`${topic}-1`, `${topic}-2`])
  const [first, second] = records[`${topic}-1`]!
  const headers = [{ line: [97, 58, 49] }, { other: [-61, -92] }, { line: [98] }]
  assert.deepEqual(
    { ...first, timestamp: 0 },
    {
      topic,
      partition: 1,
      offset: 0,
      timestamp: 0,
      timestampType: 'CREATE_TIME',
      key: Buffer.from('key').toString('base64'),
      value: Buffer.from('va\u00e4lue').toString('base64'),
      headers,
    },
  )
  assert.ok(first!.timestamp >= before && first!.timestamp <= Date.now())
  assert.equal(second!.offset, 1)
  const [keyless] = records[`${topic}-2`]!
  assert.equal(keyless!.key ?? null, null)
  assert.deepEqual(keyless!.headers, [])
})

test('runs a function with two mappings, one of MSK, and another function with its own environment', {
  skip: withoutKcat,
}, async (t) => {
  const [own, managed] = [await newTopic(), await newTopic()]
  const arn = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/abc'
  const { serviceDir, seenFile } = recordingService(
    'see({ event, fn: context.functionName, both: process.env.BOTH, own: process.env.OWN })',
  )
  const fn = (events: readonly Readonly<Record<string, unknown>>[], name: string, environment: object) => ({
    name,
    handler: 'fn.handler',
    environment: { ...environment },
    events,
  })
  await startService(t, {
    serviceDir,
    custom: { brokers: { [arn]: managed.brokers } },
    provider: { region: 'us-east-1', environment: { BOTH: 'provider' } },
    functions: {
      two: fn([kafkaEvent(own), { msk: { arn, topic: managed.topic } }], 'two', { OWN: 'two' }),
      beside: fn([kafkaEvent(own, { consumerGroupId: `${own.topic}.beside` })], 'beside', { BOTH: 'beside' }),
    },
  })
  await kcat(['-P', '-b', own.brokers, '-t', own.topic], 'self-managed')
  await kcat(['-P', '-b', managed.brokers, '-t', managed.topic], 'managed')
  type Seen = { event: KafkaEvent; fn: string; both: string; own?: string }
  const all = await waitFor(() => seen<Seen>(seenFile), {
    within: 30_000,
    until: (found) => found.length === 3,
  })
  const shown = all.map(({ event, fn: name, both, own: ownValue }) => {
    const [topicPartition] = Object.keys(event.records)
    return [name, topicPartition, event.eventSource, event.eventSourceArn, both, ownValue].join(' ')
  })
  assert.deepEqual(
    shown.toSorted(),
    [
      `beside ${own.topic}-0 SelfManagedKafka  beside `,
      `two ${own.topic}-0 SelfManagedKafka  provider two`,
      `two ${managed.topic}-0 aws:kafka ${arn} provider two`,
    ].toSorted(),
  )
})
