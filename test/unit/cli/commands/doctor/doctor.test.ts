import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BookCounts } from '../../../../../books/book-counts.ts'
import { checkpointKey, encodeCheckpoint } from '../../../../../books/book-state.ts'
import { judgeBooks, judgeClock } from '../../../../../cli/commands/doctor/bucket-checks.ts'
import {
  countsNow,
  judgeLag,
  judgeMapping,
  judgeState,
  lagOf,
} from '../../../../../cli/commands/doctor/count-checks.ts'
import { clusterAdvice } from '../../../../../cli/commands/doctor/finding.ts'
import { judgeReplicas, judgeTopics } from '../../../../../cli/commands/doctor/topic-checks.ts'
import { noLeader } from '../../../../../kafka/protocol/metadata.ts'

const wanted = { name: 'me.books', partitions: 2, replicationFactor: 1, configs: {} }
const partition = (number: number) => ({ partition: number, leader: 1, replicas: [1], inSync: [1] })
const topic = { name: 'me.books', id: 'id', partitions: [partition(0), partition(1)] }

describe('clusterAdvice', () => {
  it('advises to start the local cloud only if no cluster is named and none responds', () => {
    const advice = (startsKafka: boolean, code: Parameters<ReturnType<typeof clusterAdvice>>[0]['code']) =>
      clusterAdvice({ startsKafka })({ code })
    assert.match(advice(true, 'KAFKA_UNAVAILABLE'), /^Start the local cloud/)
    assert.match(advice(false, 'KAFKA_UNAVAILABLE'), /^Check BROKERS/)
    for (const startsKafka of [true, false]) {
      assert.match(advice(startsKafka, 'KAFKA_REFUSED'), /^Check KAFKA_SECURITY, .* ACLs/)
      assert.equal(advice(startsKafka, 'SECRET_UNAVAILABLE'), 'See SECRET_UNAVAILABLE in docs/reference.md.')
    }
  })
})

describe('topic checks', () => {
  it('name missing topics, and topics of another shape', () => {
    assert.match(judgeTopics([{ wanted, found: undefined }]).found, /missing: me\.books/)
    const other = judgeTopics([{ wanted: { ...wanted, partitions: 5 }, found: topic }])
    assert.deepEqual([other.ok, other.found], [false, 'me.books has 2 partitions, not 5'])
    assert.ok(judgeTopics([{ wanted, found: topic }]).ok)
  })

  it('name partitions without a leader, or without all replicas in sync', () => {
    const leaderless = { ...partition(1), leader: noLeader }
    assert.match(
      judgeReplicas([{ ...topic, partitions: [partition(0), leaderless] }]).found,
      /leader: me\.books\[1\]$/,
    )
    const lacking = { ...partition(0), replicas: [1, 2, 3], inSync: [1, 3] }
    assert.match(judgeReplicas([{ ...topic, partitions: [lacking] }]).found, /in sync: me\.books\[0\]$/)
    assert.ok(judgeReplicas([topic]).ok)
  })
})

describe('count checks', () => {
  it('report a group without members as a fault', () => {
    assert.ok(!judgeMapping('me.count', 0).ok)
    assert.ok(judgeMapping('me.count', 1).ok)
  })

  it('measure uncounted and undelivered records', () => {
    const counts = stateWith({ next: 70 })
    const logs = [
      { partition: 0, start: 10, end: 100 },
      { partition: 1, start: 0, end: 5 },
    ]
    const lag = lagOf(logs, counts, new Map([[0, 60]]))
    assert.deepEqual(lag, { uncounted: 35, undelivered: 45 })
  })

  it('report lag as a fault only when it does not decrease', () => {
    const lag = (uncounted: number) => ({ uncounted, undelivered: 0 })
    assert.ok(judgeLag(lag(0), lag(0)).ok)
    assert.ok(judgeLag(lag(9), lag(8)).ok)
    assert.ok(!judgeLag(lag(9), lag(9)).ok)
  })

  it('report the progress of a rebuild, as a fault only when it does not advance, and inconsistent counts', () => {
    const judged = (before: Parameters<typeof stateWith>[0], after: Parameters<typeof stateWith>[0]) =>
      judgeState(countsNow(stateWith(before)), countsNow(stateWith(after)))
    const standing = judged({ next: 70, rebuildUntil: 90 }, { next: 70, rebuildUntil: 90 })
    assert.match(standing.found, /70 of 90/)
    assert.ok(!standing.ok)
    assert.ok(judged({ next: 60, rebuildUntil: 90 }, { next: 70, rebuildUntil: 90 }).ok)
    assert.match(judged({ next: 70, lines: 3 }, { next: 70, lines: 3 }).found, /partition 0/)
    assert.ok(judged({ next: 70 }, { next: 70 }).ok)
  })
})

describe('bucket and clock checks', () => {
  const books = { toIngest: 0, rejected: new Map<string, string>(), counted: 3, removed: 0 }
  const judged = (now: Partial<typeof books>) => judgeBooks({ ...books, ...now }, { ...books, ...now })

  it('advise a backfill, with --removed when books were removed', () => {
    assert.match(judged({ toIngest: 1 }).advice!, /backfill$/)
    assert.match(judged({ removed: 1 }).advice!, /--removed$/)
    assert.ok(judged({}).ok)
  })

  it('advise no backfill for books that cannot be ingested, and name the reason', () => {
    const { ok, found, advice } = judged({ rejected: new Map([['a.zip', '"a.zip" is not text.']]) })
    assert.ok(!ok)
    assert.match(found, /1 object that cannot be counted/)
    assert.doesNotMatch(advice!, /backfill/)
    assert.match(advice!, /a\.zip: "a\.zip" is not text\.$/)
  })

  it('accept uploads that are being counted', () => {
    const uploading = judgeBooks({ ...books, toIngest: 11 }, { ...books, toIngest: 4, counted: 10 })
    assert.deepEqual(
      [uploading.ok, uploading.found],
      [true, '4 objects not counted in the current edition, and decreasing'],
    )
  })

  it('report the difference between clocks, and tolerate a minute', () => {
    const judged = (other: number | undefined) => judgeClock(1_000_000, new Map([['S3', other]]))
    assert.match(judged(0).found, /1000 s ahead of S3/)
    assert.match(judged(1_090_000).found, /90 s behind S3/)
    assert.ok(judged(1_059_000).ok)
    assert.ok(judged(undefined).ok)
  })
})

function stateWith(part: { next: number; rebuildUntil?: number; lines?: number }): BookCounts {
  const counts = new BookCounts(2)
  const shape = { booksTopicId: 'id', countTopicId: 'id', partitions: 2, books: 0, lines: 0 }
  counts.apply(0, { key: checkpointKey, value: encodeCheckpoint({ ...shape, ...part }), timestamp: 0 })
  return counts
}
