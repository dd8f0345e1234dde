import assert from 'node:assert/strict'
import { test } from 'node:test'
import { writeFile } from '../../../harness/container-service.ts'
import {
  kafkaEvent,
  newTopic,
  recordingService,
  seen,
  startService,
  untilCommitted,
} from '../../../harness/event-source.ts'
import { committedOffsets } from '../../../harness/groups.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { numbers, produce, produceAt } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const options = { skip: withoutKcat }

const see = `see({ at: Date.now(), values: recordsOf(event).map(textOf), partitions: Object.keys(event.records) })`
type Seen = { readonly at: number; readonly values: string[]; readonly partitions: string[] }

test('batches 100 records by default', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, numbers(250))
  const { serviceDir, seenFile } = recordingService(see)
  await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic)] } },
  })
  const batches = await waitFor(() => seen<Seen>(seenFile), {
    within: 90_000,
    until: (all) => all.length === 3,
  })
  assert.deepEqual(
    batches.map(({ values }) => values.length),
    [100, 100, 50],
  )
  assert.deepEqual(
    batches.flatMap(({ values }) => values),
    numbers(250),
  )
})

test(
  'uses a window of 500 ms by default, or of the configured seconds, and batches several partitions',
  options,
  async (t) => {
    const topic = await newTopic({ partitions: 3 })
    const { serviceDir, seenFile } = recordingService(see)
    const { mapping } = await startService(t, {
      serviceDir,
      functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic)] } },
    })
    await waitFor(() => mapping.state === 'Enabled', { within: 20_000 })
    assert.equal(mapping.changeable.windowMs, 500)
    await produce(topic, ['first'])
    await waitFor(() => seen(seenFile).length === 1, { within: 20_000 })
    await mapping.disable()
    await Promise.all([0, 1, 2].map((partition) => produce(topic, ['a', 'b'], partition)))
    mapping.changeable.windowMs = 2_000
    await mapping.enable()
    await waitFor(() => seen(seenFile).length === 2, { within: 20_000 })
    const last = seen<Seen>(seenFile).at(-1)!
    assert.equal(last.values.length, 6)
    assert.equal(last.partitions.length, 3)
  },
)

test('a batch ends at 6 MB of event JSON', options, async (t) => {
  const topic = await newTopic()
  await produce(
    topic,
    Array.from({ length: 12 }, () => 'x'.repeat(900_000)),
  )
  const { serviceDir, seenFile } = recordingService('see(JSON.stringify(event).length)')
  // With a window, a slow machine has the time to read a whole batch.
  const event = kafkaEvent(topic, { batchSize: 10_000, maximumBatchingWindow: 10 })
  await startService(t, {
    serviceDir,
    functions: {
      fn: { handler: 'fn.handler', timeout: 30, events: [event] },
    },
  })
  const sizes = await waitFor(() => seen<number>(seenFile), {
    within: 90_000,
    until: (all) => all.length === 3,
  })
  assert.ok(
    sizes.every((size) => size <= 6_291_456),
    String(sizes),
  )
  assert.ok(sizes[0]! > 6_291_456 - 1_300_000)
})

test('commits only after success; retries a failed batch unchanged, before any other', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, numbers(20))
  const { serviceDir, seenFile } = recordingService(`
    const values = recordsOf(event).map(textOf)
    see({ values })
    if (values[0] === '10' && !existsSync('mended')) throw new Error('not yet')`)
  const { lines } = await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { batchSize: 10 })] } },
  })
  await waitFor(() => lines.some((line) => line.includes('attempt 3: Error: not yet')), { within: 30_000 })
  assert.deepEqual(await committedOffsets(topic.brokers, `${topic.topic}.group`, topic.topic), [10])
  writeFile(serviceDir, 'mended', '')
  await untilCommitted(topic, [20])
  const batches = seen<Seen>(seenFile).map(({ values }) => values.join())
  assert.equal(batches[0], numbers(10).join())
  assert.ok(batches.length >= 5 && batches.slice(1).every((values) => values === numbers(10, 10).join()))
})

test('a failing batch blocks its partition only', options, async (t) => {
  const topic = await newTopic({ partitions: 2 })
  const { serviceDir, seenFile } = recordingService(`
    const values = recordsOf(event).map(textOf)
    if (values.includes('poison')) throw new Error('poison')
    see({ values })`)
  const { mapping, lines } = await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { batchSize: 1 })] } },
  })
  await waitFor(() => mapping.state === 'Enabled', { within: 20_000 })
  await produce(topic, ['poison', 'after poison'], 0)
  await waitFor(() => lines.some((line) => line.includes('attempt 2')), { within: 10_000 })
  await produce(topic, ['healthy'], 1)
  await waitFor(() => seen<Seen>(seenFile).length === 1, { within: 10_000 })
  assert.deepEqual(seen<Seen>(seenFile)[0]!.values, ['healthy'])
  await untilCommitted(topic, [0, 1])
})

test('each mapping has its own group, the same after a restart', options, async (t) => {
  const topic = await newTopic()
  const { serviceDir, seenFile } = recordingService(
    `see({ fn: context.functionName, values: recordsOf(event).map(textOf) })`,
  )
  const event = kafkaEvent(topic, { consumerGroupId: undefined })
  const functions = {
    a: { name: 'service-dev-a', handler: 'fn.handler', events: [event] },
    b: { name: 'service-dev-b', handler: 'fn.handler', events: [event] },
  }
  await produce(topic, ['one'])
  const first = await startService(t, { serviceDir, functions })
  const groups = first.mappings.map(({ mapping }) => mapping.groupId)
  assert.equal(new Set(groups).size, 2)
  await waitFor(() => seen(seenFile).length === 2, { within: 20_000 })
  await first.stop()
  await produce(topic, ['two'])
  const second = await startService(t, { serviceDir, functions })
  assert.deepEqual(
    second.mappings.map(({ mapping }) => mapping.groupId),
    groups,
  )
  const all = await waitFor(() => seen<{ fn: string; values: string[] }>(seenFile), {
    within: 20_000,
    until: (seenNow) => seenNow.length === 4,
  })
  assert.deepEqual(all.map(({ fn, values }) => `${fn} ${values}`).toSorted(), [
    'service-dev-a one',
    'service-dev-a two',
    'service-dev-b one',
    'service-dev-b two',
  ])
})

test('a committed offset takes precedence over the starting position', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, numbers(5))
  const { serviceDir, seenFile } = recordingService(see)
  const service = (startingPosition: string) => ({
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { startingPosition })] } },
  })
  const first = await startService(t, service('TRIM_HORIZON'))
  await waitFor(() => seen(seenFile).length === 1, { within: 20_000 })
  await first.stop()
  await produce(topic, numbers(5, 5))
  await startService(t, service('LATEST'))
  await waitFor(() => seen(seenFile).length === 2, { within: 20_000 })
  assert.deepEqual(seen<Seen>(seenFile)[1]!.values, numbers(5, 5))
})

test('starts at TRIM_HORIZON, LATEST, and AT_TIMESTAMP in seconds', options, async (t) => {
  const topic = await newTopic()
  const second = Math.floor(Date.now() / 1_000) - 10
  await produceAt(topic, [
    ['early', second * 1_000 - 1],
    ['late', second * 1_000],
  ])
  const { serviceDir, seenFile } = recordingService(
    `for (const record of recordsOf(event)) see([context.functionName, textOf(record)])`,
  )
  const fn = (name: string, settings: object) => ({
    name,
    handler: 'fn.handler',
    events: [kafkaEvent(topic, { consumerGroupId: `${topic.topic}.${name}`, ...settings })],
  })
  const { mappings } = await startService(t, {
    serviceDir,
    functions: {
      trim: fn('trim', { startingPosition: 'TRIM_HORIZON' }),
      latest: fn('latest', { startingPosition: 'LATEST' }),
      at: fn('at', { startingPosition: 'AT_TIMESTAMP', startingPositionTimestamp: second }),
    },
  })
  await waitFor(() => mappings.every(({ state }) => state === 'Enabled'), { within: 20_000 })
  await produce(topic, ['new'])
  const all = await waitFor(() => seen<[string, string]>(seenFile), {
    within: 20_000,
    until: (seenNow) => seenNow.length === 6,
  })
  const of = (name: string) => all.filter(([fnName]) => fnName === name).map(([, value]) => value)
  assert.deepEqual(of('trim'), ['early', 'late', 'new'])
  assert.deepEqual(of('latest'), ['new'])
  assert.deepEqual(of('at'), ['late', 'new'])
})

test(
  'resolves LATEST once: records that arrive while the service is stopped are delivered at the next start',
  options,
  async (t) => {
    const topic = await newTopic()
    const { serviceDir, seenFile } = recordingService(see)
    const service = {
      serviceDir,
      functions: {
        fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { startingPosition: 'LATEST' })] },
      },
    }
    const first = await startService(t, service)
    await untilCommitted(topic, [0])
    await first.stop()
    await produce(topic, ['meanwhile'])
    await startService(t, service)
    await waitFor(() => seen<Seen>(seenFile).at(0)?.values.join() === 'meanwhile', { within: 20_000 })
  },
)

test(
  'processes one batch of a partition at a time, and several partitions concurrently',
  options,
  async (t) => {
    const topic = await newTopic({ partitions: 3 })
    for (const partition of [0, 1, 2]) await produce(topic, numbers(60), partition)
    const { serviceDir, seenFile } = recordingService(`
    const partitions = Object.keys(event.records)
    see({ begin: partitions, at: Date.now() })
    await new Promise((resolve) => setTimeout(resolve, 20 + 20 * Math.random()))
    see({ end: partitions, values: recordsOf(event).map((record) => [record.partition, textOf(record)]) })`)
    await startService(t, {
      serviceDir,
      functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { batchSize: 10 })] } },
    })
    type Entry = { begin?: string[]; end?: string[]; values?: [number, string][] }
    const entries = await waitFor(() => seen<Entry>(seenFile), {
      within: 30_000,
      until: (all) => all.flatMap(({ values = [] }) => values).length === 180,
    })
    const running = new Map<string, number>()
    let most = 0
    for (const { begin = [], end = [] } of entries) {
      for (const partition of begin) running.set(partition, (running.get(partition) ?? 0) + 1)
      for (const partition of end) running.set(partition, running.get(partition)! - 1)
      assert.ok(
        [...running.values()].every((count) => count <= 1),
        JSON.stringify([...running]),
      )
      most = Math.max(
        most,
        [...running.values()].reduce((sum, count) => sum + count, 0),
      )
    }
    assert.ok(most > 1)
    const values = entries.flatMap(({ values: some = [] }) => some)
    for (const partition of [0, 1, 2]) {
      assert.deepEqual(
        values.filter(([p]) => p === partition).map(([, value]) => value),
        numbers(60),
      )
    }
  },
)

test('a disabled mapping does not read', options, async (t) => {
  const topic = await newTopic()
  await produce(topic, ['x'])
  const { serviceDir, seenFile } = recordingService(see)
  const { mapping, lines } = await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { enabled: false })] } },
  })
  assert.equal(mapping.state, 'Disabled')
  assert.ok(lines.some((line) => line.endsWith('is disabled')))
  await mapping.enable()
  await waitFor(() => seen(seenFile).length === 1, { within: 20_000 })
})

test('logs one line per batch', options, async (t) => {
  const topic = await newTopic({ partitions: 2 })
  await produce(topic, numbers(3), 1)
  const { serviceDir } = recordingService('')
  const { lines } = await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic)] } },
  })
  const line = await waitFor(() => lines.find((one) => one.includes(' ok ')), { within: 20_000 })
  assert.match(line!, new RegExp(`^fn ← ${topic.topic}\\[1\\] 0\\.\\.2 \\(3\\) ok \\d+ ms$`))
})
