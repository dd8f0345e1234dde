import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LogRecord } from '../../../../../kafka/records/record.ts'
import type { EventBatch } from '../../../../../local/kafka-event-source/batch/batch.ts'
import {
  BatchProgress,
  type BatchResult,
  type RetryPolicy,
} from '../../../../../local/kafka-event-source/batch/batch-progress.ts'
import { EventEnvelope } from '../../../../../local/kafka-event-source/batch/event-envelope.ts'
import { FormingBatch } from '../../../../../local/kafka-event-source/batch/forming-batch.ts'
import { inMemory } from '../../../../harness/records.ts'

const envelope = new EventEnvelope({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b:1' }, 't')
const forever: RetryPolicy = {
  maximumRetryAttempts: -1,
  maximumRecordAgeSeconds: -1,
  bisectBatchOnFunctionError: false,
}

/** Records of partition 0, 1, … as many as given; offsets from 10, timestamps equal to them in seconds. */
function batchOf(...counts: readonly number[]): EventBatch {
  const forming = new FormingBatch(envelope, { batchSize: 10_000, eventBytes: 1e9 })
  counts.forEach((count, partition) => {
    for (let offset = 10; offset < 10 + count; offset++) {
      const record: LogRecord = {
        offset,
        timestamp: offset * 1_000,
        timestampType: 'CREATE_TIME',
        key: null,
        value: null,
        headers: [],
      }
      forming.add(partition, inMemory(record))
    }
    forming.advance(partition, 100)
  })
  return forming.batch()
}

const committable = (progress: BatchProgress) => Object.fromEntries(progress.committable())

test('retries a whole batch without a commit until it succeeds', () => {
  const progress = new BatchProgress(batchOf(2, 1), forever)
  for (let attempt = 1; attempt <= 50; attempt++) {
    assert.deepEqual(progress.next(0), { type: 'invoke', indexes: [0, 1, 2], attempt })
    assert.equal(progress.invoked('failure'), true)
    assert.deepEqual(committable(progress), { 0: 10, 1: 10 })
  }
  assert.equal(progress.invoked('success'), false)
  assert.deepEqual(progress.next(0), { type: 'done' })
  assert.deepEqual(committable(progress), { 0: 100, 1: 100 })
})

test('MaximumRetryAttempts does not count the first attempt', () => {
  const progress = new BatchProgress(batchOf(1), { ...forever, maximumRetryAttempts: 2 })
  for (const attempt of [1, 2, 3]) {
    assert.deepEqual(progress.next(0), { type: 'invoke', indexes: [0], attempt })
    progress.invoked('failure')
  }
  const step = progress.next(0)
  assert.deepEqual(step, { type: 'discard', indexes: [0], attempts: 3, condition: 'RetryAttemptsExhausted' })
  progress.discarded([0])
  assert.deepEqual(progress.next(0), { type: 'done' })
  assert.deepEqual(committable(progress), { 0: 100 })
})

test('MaximumRecordAgeInSeconds discards older records only', () => {
  const progress = new BatchProgress(batchOf(3), { ...forever, maximumRecordAgeSeconds: 60 })
  const now = 71_000
  assert.deepEqual(progress.next(now), {
    type: 'discard',
    indexes: [0],
    attempts: 0,
    condition: 'RecordAgeExceeded',
  })
  progress.discarded([0])
  assert.deepEqual(progress.next(now), { type: 'invoke', indexes: [1, 2], attempt: 1 })
  assert.deepEqual(committable(progress), { 0: 11 })
})

test('a record without a time, Kafka’s -1, never expires', () => {
  const forming = new FormingBatch(envelope, { batchSize: 1, eventBytes: 1e9 })
  const record: LogRecord = {
    offset: 1,
    timestamp: -1,
    timestampType: 'CREATE_TIME',
    key: null,
    value: null,
    headers: [],
  }
  forming.add(0, inMemory(record))
  const progress = new BatchProgress(forming.batch(), { ...forever, maximumRecordAgeSeconds: 60 })
  assert.equal(progress.next(Date.now()).type, 'invoke')
})

test('BisectBatchOnFunctionError splits a failing batch, the first half before the second', () => {
  const progress = new BatchProgress(batchOf(4), { ...forever, bisectBatchOnFunctionError: true })
  const invoked: (readonly number[])[] = []
  for (let step = progress.next(0); step.type === 'invoke'; step = progress.next(0)) {
    invoked.push(step.indexes)
    if (invoked.length > 20) break
    progress.invoked(step.indexes.includes(2) && invoked.length < 7 ? 'failure' : 'success')
  }
  assert.deepEqual(invoked, [[0, 1, 2, 3], [0, 1], [2, 3], [2], [2], [2], [2], [3]])
})

test('a split is not a retry', () => {
  const policy = { ...forever, bisectBatchOnFunctionError: true, maximumRetryAttempts: 1 }
  const progress = new BatchProgress(batchOf(2), policy)
  progress.invoked('failure')
  assert.deepEqual(progress.next(0), { type: 'invoke', indexes: [0], attempt: 1 })
  progress.invoked('failure')
  assert.deepEqual(progress.next(0), { type: 'invoke', indexes: [0], attempt: 2 })
  progress.invoked('failure')
  assert.equal(progress.next(0).type, 'discard')
})

test('after a partial failure, retries only the failed records and commits nothing at or after the first', () => {
  const progress = new BatchProgress(batchOf(4, 2), forever)
  progress.invoked({ failed: new Set([1, 3]) })
  assert.deepEqual(progress.next(0), { type: 'invoke', indexes: [1, 3], attempt: 2 })
  assert.deepEqual(committable(progress), { 0: 11, 1: 100 })
  progress.invoked({ failed: new Set([3]) })
  assert.deepEqual(committable(progress), { 0: 13, 1: 100 })
  progress.invoked('success')
  assert.deepEqual(committable(progress), { 0: 100, 1: 100 })
})

/** The outcome of an invocation, at any step. */
const aFate = fc.record({
  result: fc.constantFrom<'success' | 'failure' | 'partial'>('success', 'failure', 'partial'),
  failing: fc.infiniteStream(fc.boolean()),
})

const aPolicy = fc.record({
  maximumRetryAttempts: fc.integer({ min: 0, max: 3 }),
  maximumRecordAgeSeconds: fc.constantFrom(-1, 12),
  bisectBatchOnFunctionError: fc.boolean(),
})

test('each record succeeds or is discarded once, in order, and is never committed before, whatever happens', () => {
  fc.assert(
    fc.property(
      fc.array(fc.nat(6), { minLength: 1, maxLength: 3 }).filter((counts) => counts.some(Boolean)),
      aPolicy,
      fc.infiniteStream(aFate),
      (counts, policy, fates) => {
        const batch = batchOf(...counts)
        const progress = new BatchProgress(batch, policy)
        const over: number[] = []
        const check = () => {
          const offsets = progress.committable()
          for (const index of batch.indexes()) {
            const isCommitted = batch.offsetOf(index) < offsets.get(batch.partOf(index).partition)!
            assert.ok(!isCommitted || over.includes(index), `record ${index} committed too early`)
          }
        }
        let now = 20_000
        for (let step = progress.next(now); step.type !== 'done'; step = progress.next(now)) {
          if (step.type === 'discard') {
            over.push(...step.indexes)
            progress.discarded(step.indexes)
          } else {
            const { value: fate } = fates.next()
            const failed = new Set(step.indexes.filter(() => fate.failing.next().value))
            const isPartial = fate.result === 'partial' && failed.size > 0
            const result: BatchResult = isPartial
              ? { failed }
              : fate.result === 'failure'
                ? 'failure'
                : 'success'
            if (isPartial) over.push(...step.indexes.filter((index) => !failed.has(index)))
            else if (result === 'success') over.push(...step.indexes)
            progress.invoked(result)
          }
          check()
          now += 100
        }
        assert.deepEqual(
          over.toSorted((a, b) => a - b),
          batch.indexes(),
        )
        assert.equal(new Set(over).size, over.length)
        for (const { partition, next } of batch.parts)
          assert.equal(progress.committable().get(partition), next)
      },
    ),
  )
})
