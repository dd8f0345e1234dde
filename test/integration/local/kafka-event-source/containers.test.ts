import assert from 'node:assert/strict'
import { type TestContext, test } from 'node:test'
import { isRunning, isStopped } from '../../../harness/container-service.ts'
import {
  kafkaEvent,
  newTopic,
  recordingService,
  seen,
  startService,
  temporaryServiceFile,
} from '../../../harness/event-source.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { numbers, produce } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

const options = { skip: withoutKcat }

/** Starts a function with this code. `seenUntil` waits until the function has seen so many values. */
async function running(
  t: TestContext,
  code: string,
  custom: Readonly<Record<string, unknown>> = {},
  partitions = 1,
) {
  const topic = await newTopic({ partitions })
  const { serviceDir, seenFile } = recordingService(code)
  await startService(t, {
    serviceDir,
    custom,
    functions: {
      fn: {
        name: 'service-dev-fn',
        handler: 'fn.handler',
        timeout: 9,
        events: [kafkaEvent(topic, { batchSize: 1 })],
      },
    },
  })
  const seenUntil = <T>(count: number) =>
    waitFor(() => seen<T>(seenFile), { within: 30_000, until: (all) => all.length === count })
  return { topic, serviceDir, seenFile, seenUntil }
}

test('containers stay warm between batches and have a complete context', options, async (t) => {
  const { topic, seenUntil } = await running(
    t,
    `globalThis.calls = (globalThis.calls ?? 0) + 1
see({ calls: globalThis.calls, pid: process.pid, remainingMs: context.getRemainingTimeInMillis(), ...context })`,
  )
  await produce(topic, ['first'])
  await seenUntil(1)
  await produce(topic, ['second'])
  type Seen = { calls: number; pid: number; remainingMs: number } & Record<string, unknown>
  const [first, second] = await seenUntil<Seen>(2)
  assert.deepEqual([first!.calls, second!.calls, first!.pid], [1, 2, second!.pid])
  assert.equal(first!.functionName, 'service-dev-fn')
  assert.equal(first!.invokedFunctionArn, 'arn:aws:lambda:us-east-1:000000000000:function:service-dev-fn')
  assert.match(String(first!.awsRequestId), /^[0-9a-f-]{36}$/)
  assert.notEqual(first!.awsRequestId, second!.awsRequestId)
  assert.ok(first!.remainingMs > 0 && first!.remainingMs <= 9_000)
})

test('containers: the next batch runs an edited handler', options, async (t) => {
  const { topic, serviceDir, seenFile, seenUntil } = await running(t, `see('as it was')`)
  await produce(topic, ['first'])
  await seenUntil(1)
  temporaryServiceFile(serviceDir, `see('edited')`, seenFile)
  await produce(topic, ['second'])
  assert.deepEqual(await seenUntil(2), ['as it was', 'edited'])
})

test(
  'containers are frozen between batches with freeze, and thawed by the next batch',
  options,
  async (t) => {
    const { topic, seenUntil } = await running(t, 'see(process.pid)', { freeze: true })
    await produce(topic, ['first'])
    const [pid] = await seenUntil<number>(1)
    await waitFor(() => isStopped(pid!), { within: 10_000 })
    await produce(topic, ['second'])
    assert.deepEqual(await seenUntil(2), [pid, pid])
  },
)

test('containers: with sticky, each partition keeps its container', options, async (t) => {
  const code = `await new Promise((resolve) => setTimeout(resolve, 20))
see([recordsOf(event)[0].partition, process.pid])`
  const { topic, seenUntil } = await running(t, code, { containers: 'sticky' }, 2)
  await Promise.all([0, 1].map((partition) => produce(topic, numbers(15), partition)))
  const all = await seenUntil<[number, number]>(30)
  const pidsOf = [0, 1].map(
    (partition) => new Set(all.filter(([p]) => p === partition).map(([, pid]) => pid)),
  )
  assert.deepEqual(
    pidsOf.map(({ size }) => size),
    [1, 1],
  )
  assert.notDeepEqual(pidsOf[0], pidsOf[1])
})

test('containers: an idle container exits, and the next batch starts a new one', options, async (t) => {
  const { topic, seenUntil } = await running(t, 'see(process.pid)', { idleSeconds: 1 })
  await produce(topic, ['first'])
  const [first] = await seenUntil<number>(1)
  await waitFor(() => !isRunning(first!), { within: 20_000 })
  await produce(topic, ['second'])
  const [, second] = await seenUntil<number>(2)
  assert.notEqual(second, first)
})
