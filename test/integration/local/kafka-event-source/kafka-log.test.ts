import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openCluster } from '../../../../books/cluster.ts'
import { TransactionalProducer } from '../../../../kafka/producer/transactional-producer.ts'
import {
  kafkaEvent,
  newTopic,
  recordingService,
  seen,
  startService,
  untilCommitted,
} from '../../../harness/event-source.ts'
import { kcat, withoutKcat } from '../../../harness/kcat.ts'
import { deleteRecords } from '../../../harness/native-admin.ts'
import { numbers, produce } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const options = { skip: withoutKcat }
type Topic = { brokers: string; topic: string }

async function startReading(
  t: Parameters<typeof startService>[0],
  topic: Topic,
  settings: Readonly<Record<string, unknown>> = {},
) {
  const { serviceDir, seenFile } = recordingService(
    `for (const record of recordsOf(event)) see([record.offset, record.value === undefined ? null : textOf(record), record])`,
  )
  const service = {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, settings)] } },
  }
  return { ...(await startService(t, service)), service, seenFile }
}

for (const codec of ['gzip', 'snappy', 'lz4', 'zstd']) {
  test(`records compressed with ${codec} are read`, options, async (t) => {
    const topic = await newTopic()
    const values = Array.from({ length: 300 }, (_, i) => `${'compressible '.repeat(20)}${i}`)
    await produce(topic, values, 0, ['-z', codec, '-X', 'linger.ms=50'])
    const { seenFile } = await startReading(t, topic)
    const read = await waitFor(() => seen<[number, string]>(seenFile), {
      within: 20_000,
      until: (all) => all.length === 300,
    })
    assert.deepEqual(
      read.map(([, value]) => value),
      values,
    )
  })
}

test('a null value is absent or null, an empty value is empty', options, async (t) => {
  const topic = await newTopic()
  await kcat(['-P', '-b', topic.brokers, '-t', topic.topic, '-p', '0', '-K', ':', '-Z'], 'k:\nk:v')
  await kcat(['-P', '-b', topic.brokers, '-t', topic.topic, '-p', '0', '-K', ':'], 'k:')
  const { seenFile } = await startReading(t, topic)
  const read = await waitFor(() => seen<[number, string | null, { key?: string }]>(seenFile), {
    within: 20_000,
    until: (all) => all.length === 3,
  })
  assert.deepEqual(
    read.map(([offset, value]) => [offset, value]),
    [
      [0, null],
      [1, 'v'],
      [2, ''],
    ],
  )
  assert.ok(read.every(([, , { key }]) => key === Buffer.from('k').toString('base64')))
})

test('marks a broker’s own times as LOG_APPEND_TIME', options, async (t) => {
  const topic = await newTopic({ configs: { 'message.timestamp.type': 'LogAppendTime' } })
  const before = Date.now()
  await produce(topic, ['x'])
  const { seenFile } = await startReading(t, topic)
  const [read] = await waitFor(
    () => seen<[number, string, { timestamp: number; timestampType: string }]>(seenFile),
    {
      within: 20_000,
      until: (all) => all.length === 1,
    },
  )
  assert.equal(read![2].timestampType, 'LOG_APPEND_TIME')
  assert.ok(read![2].timestamp >= before)
})

test(
  'does not deliver transaction markers, and commits past them, also at the end of the log',
  options,
  async (t) => {
    const topic = await newTopic()
    const cluster = openCluster({ brokers: [topic.brokers] })
    t.after(() => cluster.close())
    const producer = await TransactionalProducer.open(cluster, `${topic.topic}.tx`)
    for (const value of ['a', 'b']) {
      producer.produce(topic.topic, 0, Buffer.from('k'), Buffer.from(value))
      await producer.commit()
    }
    const { seenFile, mapping } = await startReading(t, topic)
    await untilCommitted(topic, [4])
    assert.deepEqual(
      seen<[number, string]>(seenFile).map(([offset, value]) => [offset, value]),
      [
        [0, 'a'],
        [2, 'b'],
      ],
    )
    assert.deepEqual([...(await mapping.lag()).values()], [0])
  },
)

test('reads a compacted log to its end', options, async (t) => {
  const topic = await newTopic({
    configs: {
      'cleanup.policy': 'compact',
      'segment.ms': '100',
      'min.cleanable.dirty.ratio': '0.01',
      'delete.retention.ms': '0',
    },
  })
  for (let round = 0; round < 3; round++)
    await produce(
      topic,
      numbers(50).map((i) => `k${i}:${round}`),
      0,
      ['-K', ':'],
    )
  // Compaction skips the active segment; one more record closes it.
  await waitFor(
    async () => {
      await produce(topic, ['last:x'], 0, ['-K', ':'])
      const args = ['-C', '-q', '-e', '-b', topic.brokers, '-t', topic.topic, '-o', 'beginning', '-f', '%o\n']
      return (await kcat(args)).toString().split('\n').length < 100
    },
    { within: 30_000, every: 500 },
  )
  const { seenFile } = await startReading(t, topic)
  const end = await kcat(['-Q', '-b', topic.brokers, '-t', `${topic.topic}:0:-1`])
  const endOffset = Number(/offset (\d+)/.exec(end.toString())?.[1])
  await untilCommitted(topic, [endOffset])
  const offsets = seen<[number]>(seenFile).map(([offset]) => offset)
  assert.deepEqual(
    offsets,
    offsets.toSorted((a, b) => a - b),
  )
  assert.ok(offsets.length < 100 && endOffset > 150)
})

test('skips and reports offsets that retention has deleted', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, numbers(10))
  const first = await startReading(t, topic)
  await untilCommitted(topic, [10])
  await first.stop()
  await produce(topic, numbers(10, 10))
  await deleteRecords(topic.brokers, topic.topic, 0, 15)
  const again = await startService(t, first.service)
  await untilCommitted(topic, [20])
  assert.deepEqual(
    seen<[number]>(first.seenFile).map(([offset]) => offset),
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 15, 16, 17, 18, 19],
  )
  assert.ok(again.lines.some((line) => line.includes('the log does not have offset 10; continuing at 15')))
})

test('reads records of one megabyte from several partitions', options, async (t) => {
  const topic = await newTopic({ partitions: 3 })
  for (const partition of [0, 1, 2]) {
    await produce(
      topic,
      Array.from({ length: 8 }, (_, i) => `${i}${'x'.repeat(900_000)}`),
      partition,
    )
  }
  const { serviceDir, seenFile } = recordingService(
    `for (const record of recordsOf(event)) see([record.partition, textOf(record)[0]])`,
  )
  await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', timeout: 30, events: [kafkaEvent(topic)] } },
  })
  const read = await waitFor(() => seen<[number, string]>(seenFile), {
    within: 30_000,
    until: (all) => all.length === 24,
  })
  for (const partition of [0, 1, 2]) {
    assert.deepEqual(
      read.filter(([p]) => p === partition).map(([, first]) => first),
      numbers(8),
    )
  }
})
