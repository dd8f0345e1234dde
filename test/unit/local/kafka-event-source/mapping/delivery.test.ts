import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Outcome } from '../../../../../local/containers/index.ts'
import { EventEnvelope } from '../../../../../local/kafka-event-source/batch/event-envelope.ts'
import { FormingBatch } from '../../../../../local/kafka-event-source/batch/forming-batch.ts'
import { noCounts } from '../../../../../local/kafka-event-source/mapping/counters.ts'
import { Delivery, type GivenUp } from '../../../../../local/kafka-event-source/mapping/delivery.ts'
import { inMemory } from '../../../../harness/records.ts'
import { ManualClock, settled } from './manual-clock.ts'

const ok: Outcome = { ok: true, requestId: 'r', payload: 'null' }
const failed: Outcome = {
  ok: false,
  requestId: 'r',
  kind: 'handler',
  errorType: 'Error',
  errorMessage: 'no',
  trace: [],
}

function rig(outcomes: Outcome[], { attempts = -1, longestBackoffMs = 10_000, sendOnFailure }: Options = {}) {
  const clock = new ManualClock()
  const counters = noCounts()
  const lines: string[] = []
  const commits: number[] = []
  const times: number[] = []
  const start = clock.now()
  const delivery = new Delivery({
    label: 'fn',
    clock,
    counters,
    longestBackoffMs,
    policy: () => ({
      maximumRetryAttempts: attempts,
      maximumRecordAgeSeconds: -1,
      bisectBatchOnFunctionError: false,
      reportBatchItemFailures: false,
    }),
    invoke: () => {
      times.push(clock.now() - start)
      return Promise.resolve(outcomes.shift() ?? ok)
    },
    sendOnFailure: sendOnFailure ?? (() => Promise.resolve(undefined)),
    commit: (offsets) => commits.push(...offsets.values()),
    processed: () => undefined,
    log: (line) => lines.push(line),
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
  longestBackoffMs?: number
  sendOnFailure?: (givenUp: GivenUp) => Promise<boolean | undefined>
}

test('a failed batch waits longer and longer, up to the longest, and is committed only at the end', async () => {
  const { clock, commits, times, delivery, batch } = rig(Array(12).fill(failed))
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await clock.advance(120_000)
  await delivered
  assert.equal(times.length, 13)
  times.slice(1).forEach((time, i) => {
    const waited = time - times[i]!
    assert.ok(waited >= 1 && waited <= Math.min(10_000, 200 * 2 ** i), `${waited} ms after try ${i + 1}`)
  })
  assert.deepEqual([...new Set(commits)], [4, 6])
  assert.equal(commits.at(-1), 6)
  assert.ok(commits.slice(0, -1).every((offset) => offset === 4))
})

test('the last try is not followed by a wait', async () => {
  const { clock, counters, lines, delivery, batch } = rig([failed, failed], { attempts: 0 })
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await settled()
  await delivered
  assert.match(lines[0]!, /^fn ← t\[0\] 4\.\.5 \(2\) failed \d+ ms, try 1: Error: no; no more tries$/)
  assert.equal(lines[1], 'fn ← t[0] 4..5 (2) dropped: RetryAttemptsExhausted')
  assert.equal(counters.DroppedEventCount, 2)
  assert.equal(clock.now(), 1_000_000)
})

test('what was not invoked, throttled for instance, is tried again, later and later, and is no attempt', async () => {
  const notInvoked: Outcome = { ...failed, kind: 'not-invoked' }
  const { clock, counters, times, delivery, batch } = rig([...Array(6).fill(notInvoked), failed], {
    attempts: 0,
  })
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await clock.advance(60_000)
  await delivered
  assert.equal(times.length, 7)
  assert.equal(counters.DroppedEventCount, 2)
})

test('what is tried again without a wait leaves others their turn', async () => {
  const { clock, times, delivery, batch } = rig(Array(3).fill(failed), { longestBackoffMs: 0 })
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await settled()
  assert.equal(times.length, 1)
  await clock.advance(0)
  await delivered
  assert.equal(times.length, 4)
})

test('aborted while waiting, the batch is left uncommitted', async () => {
  const { clock, commits, delivery, batch } = rig(Array(9).fill(failed))
  const aborting = new AbortController()
  const delivered = delivery.deliver(batch, aborting.signal)
  await settled()
  aborting.abort()
  await delivered
  await clock.advance(60_000)
  assert.deepEqual([...new Set(commits)], [4])
})

test('a destination that does not answer is asked five times, then the records are dropped', async () => {
  let asked = 0
  const sendOnFailure = () => {
    asked++
    return Promise.reject(new Error('away'))
  }
  const { clock, counters, lines, commits, delivery, batch } = rig([failed], { attempts: 0, sendOnFailure })
  const delivered = delivery.deliver(batch, new AbortController().signal)
  await clock.advance(120_000)
  await delivered
  assert.equal(asked, 5)
  assert.equal(counters.OnFailureDestinationDeliveryErrorCount, 5)
  assert.equal(counters.DroppedEventCount, 2)
  assert.match(
    lines.at(-1)!,
    /dropped: RetryAttemptsExhausted, and the on-failure destination does not take them$/,
  )
  assert.equal(commits.at(-1), 6)
})
