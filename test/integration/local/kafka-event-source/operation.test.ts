import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { kafkaEvent, newTopic, recordingService, startService } from '../../../harness/event-source.ts'
import { exampleService, foreignService, serverless } from '../../../harness/foreign-service.ts'
import { committedOffsets, membersOfGroup } from '../../../harness/groups.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { numbers, produce } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const options = { skip: withoutKcat }
type Topic = { readonly brokers: string; readonly topic: string }

const slowHandler = (type = '') => `export const handler = async (event${type}) => {
  console.log('pid ' + process.pid)
  const records = Object.values(event.records).flat()
  if (records.some(({ offset }) => offset >= 3)) await new Promise((resolve) => setTimeout(resolve, 2_000))
  console.log('handled ' + records.length)
}
`

const membersOf = ({ brokers, topic }: Topic) => membersOfGroup(brokers, `${topic}.group`)

const typed = ': { records: Record<string, { offset: number }[]> }'
const ways = [
  { args: ['offline'], language: 'JavaScript', order: 'after' },
  { args: ['offline', 'start'], language: 'TypeScript', order: 'before' },
]

for (const { args, language, order } of ways) {
  test(
    `serverless ${args.join(' ')}, ${language}, listed ${order} serverless-offline: one line in any service, and a clean stop: batches end, offsets are committed, the group is left, no process remains`,
    options,
    async (t) => {
      const topic = await newTopic()
      await produce(topic, numbers(3))
      const asInReadme = await exampleService(topic)
      const yml =
        order === 'before' ? asInReadme : asInReadme.replace(/( {2}- serverless-offline-.*\n)(.*\n)/, '$2$1')
      const folder =
        language === 'TypeScript'
          ? foreignService(yml, slowHandler(typed), 'handler.ts')
          : foreignService(yml, slowHandler())
      const { child, output, exited } = serverless(t, folder, args)
      await waitFor(output, { within: 60_000, until: (text) => text.includes('handled 3') })
      await produce(topic, numbers(2))
      const started = (text: string) => text.split('pid ').length === 3
      await waitFor(output, { within: 20_000, until: started })
      child.kill('SIGINT')
      assert.equal(await exited, 0)
      assert.match(output(), /^lines [0-9a-f-]{36} handled 2$/m)
      assert.deepEqual(await committedOffsets(topic.brokers, `${topic.topic}.group`, topic.topic), [5])
      await waitFor(() => membersOf(topic), { within: 10_000, until: (members) => members === 0 })
      const pids = [...output().matchAll(/pid (\d+)/g)].map(([, pid]) => pid!)
      const left = () => execFileSync('ps', ['-eo', 'pid=,stat='], { encoding: 'utf8' })
      await waitFor(
        () =>
          !left()
            .split('\n')
            .some((line) => pids.includes(line.trim().split(' ')[0]!)),
        { within: 5_000 },
      )
    },
  )
}

test(
  'rejects invalid options that serverless accepts, by function and key, and starts nothing',
  options,
  async (t) => {
    const topic = await newTopic()
    const folder = foreignService(
      await exampleService(topic, { event: 'filterPatterns: [{ eventName: [INSERT] }]' }),
      slowHandler(),
    )
    const { output, exited } = serverless(t, folder, ['offline', 'start'])
    assert.equal(await exited, 1)
    assert.match(output(), /lines: events\[0\]\.kafka\.filterPatterns cannot be used: eventName is not a key/)
    assert.doesNotMatch(output(), /Server ready|reading, group/)
    await waitFor(() => membersOf(topic), { within: 10_000, until: (members) => members === 0 })
  },
)

test(
  'starts with a destination whose AWS client is not installed, and logs how to install it',
  options,
  async (t) => {
    const topic = await newTopic()
    const event = 'onFailureDestination: arn:aws:sqs:us-east-1:000000000000:failures'
    const folder = foreignService(await exampleService(topic, { event }), slowHandler())
    const { output } = serverless(t, folder, ['offline', 'start'])
    await waitFor(output, { within: 60_000, until: (text) => text.includes('reading, group') })
    assert.match(
      output(),
      /lines: the on-failure destination arn:.* is not usable: .*npm install -D @aws-sdk\/client-sqs/,
    )
  },
)

test('reports a control port in use, and ends serverless before reading', options, async (t) => {
  const topic = await newTopic()
  const taken = createServer().listen(0, '127.0.0.1')
  await once(taken, 'listening')
  t.after(() => void taken.close())
  const { port } = taken.address() as AddressInfo
  const custom = `controlPort: ${port}`
  for (const args of [['offline'], ['offline', 'start']]) {
    const folder = foreignService(await exampleService(topic, { custom }), slowHandler())
    const { output, exited } = serverless(t, folder, args)
    assert.equal(await exited, 1)
    assert.match(output(), new RegExp(`custom\\.kafkaEventSource\\.controlPort: .*${port}`))
    assert.doesNotMatch(output(), /reading, group/)
  }
})

test(
  'a stop waits for running batches up to its limit; unfinished batches are delivered again',
  options,
  async (t) => {
    const topic = await newTopic()
    await produce(topic, ['slow'])
    const { serviceDir } = recordingService(`await new Promise((resolve) => setTimeout(resolve, 60_000))`)
    const service = await startService(t, {
      serviceDir,
      custom: { stopWithinSeconds: 1 },
      functions: { fn: { handler: 'fn.handler', timeout: 120, events: [kafkaEvent(topic)] } },
    })
    await waitFor(() => service.mapping.counters.InvokedEventCount === 1, { within: 20_000 })
    const before = Date.now()
    await service.stop()
    assert.ok(Date.now() - before < 30_000)
    assert.deepEqual(await committedOffsets(topic.brokers, `${topic.topic}.group`, topic.topic), [0])
    await waitFor(() => membersOf(topic), { within: 10_000, until: (members) => members === 0 })
  },
)

test('uses less than 2 % of a core when idle', options, async (t) => {
  const topic = await newTopic({ partitions: 5 })
  await produce(topic, ['x'])
  const { serviceDir } = recordingService('')
  const { mapping } = await startService(t, {
    serviceDir,
    functions: { fn: { handler: 'fn.handler', events: [kafkaEvent(topic)] } },
  })
  await waitFor(() => mapping.lastProcessingResult === 'OK', { within: 20_000 })
  await delay(1_000)
  // Garbage collection of earlier tests affects one interval only; permanent load affects every interval.
  const shares: number[] = []
  while (shares.length < 4 && !shares.some((share) => share < 0.02)) shares.push(await shareOfACore(5))
  t.diagnostic(shares.map((share) => `${(100 * share).toFixed(2)} % of a core`).join(', '))
  assert.ok(shares.at(-1)! < 0.02)
})

/** The CPU load of this process over some seconds. */
async function shareOfACore(seconds: number): Promise<number> {
  const before = process.cpuUsage()
  await delay(seconds * 1_000)
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1e6 / seconds
}
