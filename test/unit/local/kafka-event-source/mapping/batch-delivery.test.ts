import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { InvocationOutcome } from '../../../../../local/containers/outcome.ts'
import type { DiscardedRecords } from '../../../../../local/kafka-event-source/batch/discarded-records.ts'
import { EventEnvelope } from '../../../../../local/kafka-event-source/batch/event-envelope.ts'
import { FormingBatch } from '../../../../../local/kafka-event-source/batch/forming-batch.ts'
import { BatchDelivery } from '../../../../../local/kafka-event-source/mapping/batch-delivery.ts'
import { noCounts } from '../../../../../local/kafka-event-source/mapping/counters.ts'
import { inMemory } from '../../../../harness/records.ts'
import { ManualClock, settled } from './manual-clock.ts'

const ok: InvocationOutcome = { ok: true, requestId: 'r', payload: 'null' }
const failed: InvocationOutcome = {
  ok: false,
  requestId: 'r',
  kind: 'handler',
  errorType: 'Error',
  errorMessage: 'no',
  trace: [],
}

function setUp(
  outcomes: InvocationOutcome[],
  { attempts = -1, maxBackoffMs = 10_000, sendOnFailure = undefined, hasResponses = false }: Options = {},
) {
  const clock = new ManualClock()
  const counters = noCounts()
  const lines: string[] = []
  const commits: number[] = []
  const times: number[] = []
  const start = clock.now()
  const delivery = new BatchDelivery({
    uuid: 'u',
    clock,
    maxBackoffMs,
    sendOnFailure,
    policy: {
      maximumRetryAttempts: attempts,
      maximumRecordAgeSeconds: -1,
      bisectBatchOnFunctionError: false,
      reportBatchItemFailures: hasResponses,
    },
    invoked: {
      invoke: () => {
        times.push(clock.now() - start)
        return Promise.resolve(outcomes.shift() ?? ok)
      },
    },
    committer: { commit: (offsets) => void commits.push(...offsets.values()) },
    status: {
      counters,
      batchEnded: () => undefined,
      logRecords: (line) => lines.push(line),
    },
  })
  const envelope = new EventEnvelope({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b:1' }, 't')
  const forming = new FormingBatch(envelope, { batchSize: 10, eventBytes: 1e6 })
  for (const offset of [4, 5]) {
    const record = { offset, timestamp: 0, timestampType: 'CREATE_TIME', key: null, value: null } as const
    forming.add(0, inMemory({ ...record, headers: [] }))
  }
  return { clock, counters, lines, commits, times, delivery, batch: forming.batch() }
}
type Options = {
  attempts?: number
  maxBackoffMs?: number
  hasResponses?: boolean
  sendOnFailure?: ((discarded: DiscardedRecords) => Promise<void>) | undefined
}

test('retries a failed batch with growing back-off up to the limit, and commits it after success', async () => {
  const { clock, commits, times, delivery, batch } = setUp(Array(12).fill(failed))
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await clock.advance(120_000)
  await delivered
  assert.equal(times.length, 13)
  times.slice(1).forEach((time, i) => {
    const waited = time - times[i]!
    assert.ok(waited >= 1 && waited <= Math.min(10_000, 200 * 2 ** i), `${waited} ms after attempt ${i + 1}`)
  })
  assert.deepEqual([...new Set(commits)], [4, 6])
  assert.equal(commits.at(-1), 6)
  assert.ok(commits.slice(0, -1).every((offset) => offset === 4))
})

test('discards a batch after the last attempt without back-off', async () => {
  const { clock, counters, lines, delivery, batch } = setUp([failed, failed], { attempts: 0 })
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await settled()
  await delivered
  assert.match(lines[0]!, /^t\[0\] 4\.\.5 \(2\) failed \d+ ms, attempt 1: Error: no; no retries left$/)
  assert.equal(lines[1], 't[0] 4..5 (2) dropped: RetryAttemptsExhausted')
  assert.equal(counters.DroppedEventCount, 2)
  assert.equal(clock.now(), 1_000_000)
})

test('a throttled invocation is retried with back-off and does not count as an attempt', async () => {
  const notInvoked: InvocationOutcome = { ...failed, kind: 'not-invoked' }
  const { clock, counters, times, delivery, batch } = setUp([...Array(6).fill(notInvoked), failed], {
    attempts: 0,
  })
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await clock.advance(60_000)
  await delivered
  assert.equal(times.length, 7)
  assert.equal(counters.DroppedEventCount, 2)
})

test('a retry without a back-off yields to other work', async () => {
  const { clock, times, delivery, batch } = setUp(Array(3).fill(failed), { maxBackoffMs: 0 })
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await settled()
  assert.equal(times.length, 1)
  await clock.advance(0)
  await delivered
  assert.equal(times.length, 4)
})

test('an abort during the back-off leaves the batch uncommitted', async () => {
  const { clock, commits, delivery, batch } = setUp(Array(9).fill(failed))
  const aborting = new AbortController()
  const delivered = delivery.deliver(batch, aborting.signal)
  await settled()
  aborting.abort()
  await delivered
  await clock.advance(60_000)
  assert.deepEqual([...new Set(commits)], [4])
})

test('does not announce a retry, nor the last one, of a batch that fails after an abort', async () => {
  for (const attempts of [-1, 0]) {
    const { commits, counters, lines, delivery, batch } = setUp([failed], { attempts })
    const aborting = new AbortController()
    const delivered = delivery.deliver(batch, aborting.signal)
    aborting.abort()
    await delivered
    assert.match(
      lines.join('\n'),
      /: Error: no; the partitions are revoked, so the records are delivered again later$/,
    )
    assert.deepEqual([commits, counters.DroppedEventCount], [[4], 0])
  }
})

test('quotes the beginning of a partial response that is not valid', async () => {
  const item = { itemIdentifier: { 'topic-partition': 't-0', offset: 4 } }
  const payload = JSON.stringify({ batchItemFailures: Array(10).fill(item) })
  const { clock, lines, delivery, batch } = setUp([{ ok: true, requestId: 'r', payload }], {
    attempts: 0,
    hasResponses: true,
  })
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await clock.advance(10_000)
  await delivered
  assert.match(
    lines[0]!,
    /not in this batch: \{"batchItemFailures":\[.*"topic-partition":"t-0",.*…; no retries left$/,
  )
  assert.ok(lines[0]!.length < 400)
})

test('sends to a failing destination five times, then drops the records', async () => {
  let calls = 0
  const sendOnFailure = () => {
    calls++
    return Promise.reject(new Error('unreachable'))
  }
  const { clock, counters, lines, commits, delivery, batch } = setUp([failed], { attempts: 0, sendOnFailure })
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await clock.advance(120_000)
  await delivered
  assert.equal(calls, 5)
  assert.equal(counters.OnFailureDestinationDeliveryErrorCount, 5)
  assert.equal(counters.DroppedEventCount, 2)
  assert.match(
    lines.at(-1)!,
    /dropped: RetryAttemptsExhausted; sending to the on-failure destination failed 5 times$/,
  )
  assert.equal(commits.at(-1), 6)
})
