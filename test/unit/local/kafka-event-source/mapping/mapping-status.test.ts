import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UnreadableBatchError } from '../../../../../kafka/records/unreadable-batch.ts'
import { MappingStatus } from '../../../../../local/kafka-event-source/mapping/mapping-status.ts'
import { ManualClock } from './manual-clock.ts'

function rig() {
  const lines: string[] = []
  const context = { functionKey: 'fn', topic: 't', groupId: 'g', brokers: ['127.0.0.1:9092'] }
  return { lines, status: new MappingStatus(context, new ManualClock(), (line) => lines.push(line)) }
}

test('counts errors by activity, and no recovery', () => {
  const { status } = rig()
  for (const activity of ['topic', 'group', 'fetch', 'commit', 'lag', 'schema registry'] as const) {
    status.report(activity, new Error('no'))
    status.report(activity, undefined)
  }
  const { PollingErrorCount, CommitErrorCount, SchemaRegistryErrorCount } = status.counters
  assert.deepEqual([PollingErrorCount, CommitErrorCount, SchemaRegistryErrorCount], [1, 1, 1])
})

test('an unreadable partition is the last result until the partitions are assigned again', () => {
  const { lines, status } = rig()
  status.batchEnded(true)
  assert.equal(status.lastProcessingResult, 'OK')
  status.unreadable(2, new UnreadableBatchError('t[2] at offset 5', 'gzip'))
  status.batchEnded(true)
  const problem = 'the record batch of t[2] at offset 5 cannot be read: gzip'
  assert.equal(status.lastProcessingResult, `PROBLEM: ${problem}`)
  assert.equal(status.counters.PollingErrorCount, 1)
  assert.match(
    lines[0]!,
    /^fn ← t: the record batch of t\[2\] at offset 5 cannot be read: gzip\. .* group g past it\.$/,
  )
  status.assigned()
  assert.equal(status.lastProcessingResult, 'OK')
  assert.equal(lines.length, 1)
})
