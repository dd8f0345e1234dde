import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { openCluster } from '../../../../books/cluster.ts'
import { Admin } from '../../../../kafka/admin.ts'
import { FaultyCluster } from '../../../faults/cluster.ts'
import {
  createTopic,
  kafkaEvent,
  newTopic,
  recordingService,
  seen,
  startService,
  untilCommitted,
} from '../../../harness/event-source.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { addPartitions } from '../../../harness/native-admin.ts'
import { numbers, produce } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const options = { skip: withoutKcat }

const recording = () =>
  recordingService(
    `for (const record of recordsOf(event)) see([record.partition, record.offset, textOf(record)])`,
  )
type Seen = [partition: number, offset: number, value: string]

test(
  'shares partitions with another member of the group; no record is lost, no partition is read twice at once',
  options,
  async (t) => {
    const topic = await newTopic({ partitions: 4 })
    const { serviceDir, seenFile } = recordingService(`
    for (const record of recordsOf(event)) see([record.partition, record.offset, textOf(record)])
    await new Promise((resolve) => setTimeout(resolve, 100))`)
    const functions = { fn: { handler: 'fn.handler', events: [kafkaEvent(topic, { batchSize: 5 })] } }
    const { mapping, lines } = await startService(t, { serviceDir, functions })
    const assigned = () => lines.filter((line) => line.includes(': reading, group')).at(-1)
    await waitFor(assigned, { within: 60_000, until: (line) => line?.includes('[0, 1, 2, 3]') === true })
    for (const partition of [0, 1, 2, 3]) await produce(topic, numbers(50), partition)

    const other = spawn(
      'kcat',
      ['-G', `${topic.topic}.group`, '-b', topic.brokers, '-q', '-u', '-f', '%p %o\n', topic.topic],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    )
    t.after(() => void other.kill('SIGKILL'))
    const others: string[] = []
    createInterface(other.stdout).on('line', (line) => others.push(line))
    const read = () => new Set([...seen<Seen>(seenFile).map(([p, o]) => `${p} ${o}`), ...others]).size
    await waitFor(assigned, { within: 60_000, until: (line = '') => line.split(',').length === 3 })
    for (const partition of [0, 1, 2, 3]) await produce(topic, numbers(10, 50), partition)
    // Otherwise records that kcat has received but not printed would count as read.
    await waitFor(read, { within: 30_000, until: (records) => records === 240 })
    assert.ok(others.length >= 20, `${others.length} read by the other member`)
    await ended(other, 'SIGTERM')
    await waitFor(assigned, { within: 60_000, until: (line) => line?.includes('[0, 1, 2, 3]') === true })
    for (const partition of [0, 1, 2, 3]) await produce(topic, numbers(10, 60), partition)
    await untilCommitted(topic, [70, 70, 70, 70])
    assert.equal(read(), 280)
    assert.equal(mapping.state, 'Enabled')
  },
)

test('reads added partitions', options, async (t) => {
  const topic = await newTopic({ partitions: 1 })
  const { serviceDir, seenFile } = recording()
  const events = [kafkaEvent(topic, { startingPosition: 'LATEST' })]
  const functions = { fn: { handler: 'fn.handler', events } }
  const { mapping, lines } = await startService(t, { serviceDir, functions })
  await waitFor(() => mapping.state === 'Enabled', { within: 60_000 })
  await addPartitions(topic.brokers, topic.topic, 3)
  await produce(topic, ['new'], 2)
  await waitFor(() => lines.some((line) => line.includes('[0, 1, 2]: reading')), { within: 150_000 })
  await waitFor(() => seen<Seen>(seenFile).some(([partition]) => partition === 2), { within: 30_000 })
})

test(
  'reads a re-created topic from its start, all partitions, and commits its offsets',
  options,
  async (t) => {
    const topic = await newTopic()
    const { serviceDir, seenFile } = recording()
    const functions = { fn: { handler: 'fn.handler', events: [kafkaEvent(topic)] } }
    const { lines } = await startService(t, { serviceDir, functions })
    await produce(topic, numbers(20))
    await untilCommitted(topic, [20])
    const admin = new Admin(openCluster({ brokers: [topic.brokers] }))
    t.after(() => admin.close())
    await admin.deleteTopic(topic.topic)
    await createTopic(topic.brokers, topic.topic, 2)
    for (const partition of [0, 1]) await produce(topic, numbers(5, 100), partition)
    await untilCommitted(topic, [5, 5])
    const again = seen<Seen>(seenFile).filter(([, , value]) => Number(value) >= 100)
    assert.deepEqual(
      again.map(([partition, offset]) => `${partition} ${offset}`).toSorted(),
      [0, 1].flatMap((partition) => numbers(5).map((offset) => `${partition} ${offset}`)),
    )
    assert.ok(lines.some((line) => line.endsWith('the topic was re-created')))
  },
)

test(
  'delivers everything in order while a broker is killed and restarted and a leader moves',
  options,
  async (t) => {
    const cluster = await FaultyCluster.start(3)
    t.after(() => cluster.stop())
    const [, brokers] = [cluster.size, cluster.brokers]
    const topic = { brokers, topic: 'lines' }
    await createTopic(brokers, topic.topic, 3, { 'min.insync.replicas': '1' }, 3)
    const { serviceDir, seenFile } = recording()
    const event = kafkaEvent(topic, { bootstrapServers: brokers.split(','), batchSize: 50 })
    const { lines } = await startService(t, {
      serviceDir,
      functions: { fn: { handler: 'fn.handler', events: [event] } },
    })
    const produceAll = async (from: number) => {
      for (const partition of [0, 1, 2]) await produce(topic, numbers(100, from), partition)
    }
    const delivered = (count: number) =>
      waitFor(() => seen<Seen>(seenFile), {
        within: 150_000,
        until: (all) => new Set(all.map(([partition, offset]) => `${partition} ${offset}`)).size === count,
      }).catch((cause: unknown) => {
        throw new Error(lines.join('\n'), { cause })
      })
    await produceAll(0)
    await delivered(300)
    await cluster.kill(1)
    await produceAll(100)
    await delivered(600)
    await cluster.restart(1)
    await produceAll(200)
    await delivered(900)
    for (const partition of [0, 1, 2]) {
      const offsets = seen<Seen>(seenFile)
        .filter(([p]) => p === partition)
        .map(([, offset]) => offset)
      const firstTimes = offsets.filter((offset, i) => offsets.indexOf(offset) === i)
      assert.deepEqual(
        firstTimes,
        Array.from({ length: 300 }, (_, i) => i),
      )
    }
    t.diagnostic(lines.filter((line) => line.includes('Retrying') || line.includes('again')).join('\n'))
  },
)

test('reports an unavailable broker once, and waits for it', options, async (t) => {
  const cluster = await FaultyCluster.start(1)
  t.after(() => cluster.stop())
  const topic = { brokers: cluster.brokers, topic: 'lines' }
  await createTopic(topic.brokers, topic.topic, 1)
  const { serviceDir, seenFile } = recording()
  const functions = { fn: { handler: 'fn.handler', events: [kafkaEvent(topic)] } }
  const { lines, mapping } = await startService(t, { serviceDir, functions })
  await produce(topic, ['before'])
  await waitFor(() => seen(seenFile).length === 1, { within: 60_000 })
  const [lineCount, errorCount] = [lines.length, mapping.counters.PollingErrorCount]
  const problems = () => lines.slice(lineCount).filter((line) => line.endsWith(' Retrying.'))
  await cluster.kill()
  await waitFor(() => problems().length > 0, { within: 60_000 })
  await waitFor(() => mapping.counters.PollingErrorCount, {
    within: 60_000,
    until: (count) => count >= errorCount + 10,
  })
  assert.equal(problems().length, 1, problems().join('\n'))
  await cluster.restart()
  await produce(topic, ['after'])
  await waitFor(() => seen<Seen>(seenFile).at(-1)?.[2] === 'after', { within: 150_000 })
  await waitFor(() => lines.some((line) => line.endsWith('recovered')), { within: 60_000 })
})

test('reports a missing topic and waits for it, or creates it if configured', options, async (t) => {
  const { brokers } = await newTopic()
  const topic = { brokers, topic: `late-${process.pid}` }
  const { serviceDir, seenFile } = recording()
  const latest = kafkaEvent(topic, { startingPosition: 'LATEST' })
  const functions = { fn: { handler: 'fn.handler', events: [latest] } }
  const { lines, mapping } = await startService(t, { serviceDir, functions })
  await waitFor(
    () =>
      lines.some((line) => line.includes(`UNKNOWN_TOPIC_OR_PARTITION for topic ${topic.topic}: create it`)),
    {
      within: 60_000,
    },
  )
  assert.equal(mapping.state, 'Creating')
  await createTopic(brokers, topic.topic, 1)
  await produce(topic, ['x'])
  await waitFor(() => seen(seenFile).length === 1, { within: 60_000 })

  const other = { brokers, topic: `made-${process.pid}` }
  const custom = { createTopics: { partitions: 2, replicationFactor: 1 } }
  const events = [kafkaEvent(other)]
  const made = await startService(t, {
    serviceDir,
    custom,
    functions: { fn: { handler: 'fn.handler', events } },
  })
  await waitFor(() => made.lines.some((line) => line.includes('[0, 1]: reading')), { within: 60_000 })
})

async function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  const exit = new Promise((resolve) => child.once('exit', resolve))
  child.kill(signal)
  await exit
}
