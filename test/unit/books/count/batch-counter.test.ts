import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BatchCounter } from '../../../../books/count/batch-counter.ts'
import { countedRecord } from '../../../../books/count/records.ts'
import type { LogRecord } from '../../../../kafka/records/record.ts'
import { silentLog } from '../../../../lib/log.ts'
import { isError } from '../../../harness/is-error.ts'
import { FakeCluster, recordAt } from './fake-cluster.ts'
import { appendBook, appendLine, folded, foreignLine, lastCounts, published } from './written-log.ts'

describe('BatchCounter', () => {
  it('publishes one count for each line, in order', async () => {
    const cluster = new FakeCluster()
    appendBook(cluster, 'a', 'edition1', 3)
    await deliver(counterOf(cluster), cluster, 0, 2)
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'a=3'])
  })

  it('publishes only the last count of each book in a batch with EMIT=batch', async () => {
    const cluster = new FakeCluster()
    const counter = counterOf(cluster, 'batch')
    foreignLine(cluster, 'x')
    await deliver(counter, cluster, 0, 0)
    appendBook(cluster, 'a', 'edition1', 3)
    appendBook(cluster, 'b', 'edition1', 2)
    await deliver(counter, cluster, 1, 5)
    assert.deepEqual(published(cluster), ['x=1', 'a=3', 'b=2'])
  })

  it('publishes nothing for a batch that this container or another has already counted', async () => {
    const cluster = new FakeCluster()
    appendBook(cluster, 'a', 'edition1', 3)
    const counter = counterOf(cluster)
    await deliver(counter, cluster, 0, 2)
    await deliver(counter, cluster, 0, 2)
    await deliver(counterOf(cluster), cluster, 0, 2)
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'a=3'])
  })

  it('leaves no transaction open, whether or not there are updates', async () => {
    const cluster = new FakeCluster()
    const counter = counterOf(cluster)
    appendBook(cluster, 'a', 'edition1', 3)
    for (const [first, last] of [
      [0, 1],
      [0, 1],
      [2, 2],
    ] as const) {
      await deliver(counter, cluster, first, last)
      assert.equal(cluster.openTransactions, 0)
    }
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'a=3'])
  })

  it('counts no batch that is rejected, and fences its own transaction before the next one', async () => {
    const cluster = new FakeCluster()
    const counter = counterOf(cluster)
    appendBook(cluster, 'a', 'edition1', 2)
    await deliver(counter, cluster, 0, 0)
    const rejection = new Error('not from this topic')
    const next = cluster.books.slice(1).map(countedRecord)
    await assert.rejects(counter.count(next, Promise.reject(rejection)), rejection)
    assert.deepEqual(published(cluster), ['a=1'])
    await deliver(counter, cluster, 1, 1)
    assert.deepEqual(published(cluster), ['a=1', 'a=2'])
    assert.equal(cluster.openTransactions, 0)
  })

  it('counts a batch after another container fenced the transaction that it began', async () => {
    const cluster = new FakeCluster()
    const [one, other] = [counterOf(cluster), counterOf(cluster)]
    for (let i = 0; i < 3; i++) foreignLine(cluster, 'a')
    await deliver(one, cluster, 0, 0)
    const topology = async () => {
      await deliver(other, cluster, 1, 1)
      return cluster.topology()
    }
    await one.count(cluster.books.slice(1).map(countedRecord), topology())
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'a=3'])
    assert.equal(cluster.openTransactions, 0)
  })

  it('continues without a takeover when only control records are between two batches', async () => {
    const cluster = new FakeCluster()
    const counter = counterOf(cluster)
    foreignLine(cluster, 'a')
    await deliver(counter, cluster, 0, 0)
    foreignLine(cluster, 'a', 3)
    await deliver(counter, cluster, 4, 4)
    assert.equal(cluster.fences, 1)
    assert.deepEqual(published(cluster), ['a=1', 'a=2'])
  })

  it('takes over and skips records that another container counted in between', async () => {
    const cluster = new FakeCluster()
    const [one, other] = [counterOf(cluster), counterOf(cluster)]
    for (let i = 0; i < 4; i++) foreignLine(cluster, 'a')
    await deliver(one, cluster, 0, 0)
    await deliver(other, cluster, 1, 2)
    const reads = cluster.booksRead
    await deliver(one, cluster, 3, 3)
    assert.equal(cluster.booksRead, reads, 'the lines in between are not read again')
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'a=3', 'a=4'])
  })

  it('restores again when a replaced leader did not return the end of the state', async () => {
    const cluster = new FakeCluster()
    const [one, other] = [counterOf(cluster), counterOf(cluster)]
    for (let i = 0; i < 6; i++) foreignLine(cluster, 'a')
    await deliver(one, cluster, 0, 1)
    await deliver(one, cluster, 2, 3)
    cluster.hidden.push(2)
    await deliver(other, cluster, 2, 5)
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'a=3', 'a=4', 'a=5', 'a=6'])
    assert.equal(cluster.fences, 3)
  })

  it('keeps its state when a replaced leader reports an earlier end of the log', async () => {
    const cluster = new FakeCluster()
    for (let i = 0; i < 6; i++) foreignLine(cluster, 'a')
    await deliver(counterOf(cluster), cluster, 0, 4)
    cluster.hiddenLines.push(3)
    await deliver(counterOf(cluster), cluster, 2, 5)
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'a=3', 'a=4', 'a=5', 'a=6'])
  })

  it('counts records that a batch leaves out from the log', async () => {
    const cluster = new FakeCluster()
    for (let i = 0; i < 30; i++) foreignLine(cluster, 'a')
    await deliver(counterOf(cluster), cluster, 25, 29)
    assert.equal(published(cluster).at(-1), 'a=30')
    assert.equal(published(cluster).length, 30)
  })

  it('counts a backlog from its batches alone, from the first record', async () => {
    const cluster = new FakeCluster()
    for (let i = 0; i < 30; i++) foreignLine(cluster, 'a')
    const counter = counterOf(cluster)
    for (const first of [0, 10, 20]) {
      await deliver(counter, cluster, first, first + 9)
      assert.equal(published(cluster).at(-1), `a=${first + 10}`)
    }
    assert.equal(cluster.booksRead, 0)
  })

  it('reads none of its own published counts while it counts a new partition', async () => {
    const cluster = new FakeCluster()
    for (let i = 0; i < 30; i++) foreignLine(cluster, 'a')
    for (const first of [0, 10, 20]) await deliver(counterOf(cluster), cluster, first, first + 9)
    assert.equal(published(cluster).length, 30)
    assert.equal(cluster.countsRead, 0)
  })

  it('publishes one removal for a book that is removed during a rebuild', async () => {
    const cluster = new FakeCluster()
    appendBook(cluster, 'a', 'edition1', 2)
    await deliver(counterOf(cluster), cluster, 0, 1)
    cluster.state.length = 0
    cluster.append({ key: Buffer.from('a'), value: null, headers: [] })
    foreignLine(cluster, 'b')
    await deliver(counterOf(cluster), cluster, 3, 3)
    assert.deepEqual(published(cluster).slice(2), ['a=1', 'a=2', 'a=null', 'b=1'])
  })

  it('does not treat the end that a new leader reports as the end of the log', async () => {
    const cluster = new FakeCluster()
    for (let i = 0; i < 30; i++) foreignLine(cluster, 'a')
    const counter = counterOf(cluster)
    await deliver(counter, cluster, 0, 9)
    const readBooks = cluster.readBooks.bind(cluster)
    cluster.readBooks = async (_partition, from) => {
      cluster.readBooks = readBooks
      return { next: from, isAtEnd: true }
    }
    await deliver(counter, cluster, 29, 29)
    assert.equal(published(cluster).at(-1), 'a=30')
  })

  it('rebuilds after the state topic was deleted, and removes counts of books without lines', async () => {
    const cluster = new FakeCluster()
    appendBook(cluster, 'a', 'edition1', 2)
    await deliver(counterOf(cluster), cluster, 0, 1)
    cluster.state.length = 0
    cluster.counts.push(recordAt(2, Buffer.from('gone'), Buffer.from('7')))
    foreignLine(cluster, 'a')
    await deliver(counterOf(cluster), cluster, 2, 2)
    assert.deepEqual(published(cluster).slice(3), ['a=1', 'a=2', 'a=3', 'gone=null'])
  })

  it('discards its state after the state topic was re-created, even when the new log is as long', async () => {
    const cluster = new FakeCluster()
    const [one, other, third] = [counterOf(cluster), counterOf(cluster), counterOf(cluster)]
    const containers = [one, other, third, other]
    for (const [offset, container] of containers.entries()) {
      if (offset === 2) cluster.recreateState()
      // Each edition has one line, so that the totals stay equal.
      appendBook(cluster, 'a', `edition${offset}`, 1)
      await deliver(container, cluster, offset, offset)
    }
    assert.deepEqual(published(cluster), ['a=1', 'a=1', 'a=1', 'a=1', 'a=1', 'a=1'])
  })

  it('rebuilds in a warm container after the books topic was re-created', async () => {
    const cluster = new FakeCluster()
    const counter = counterOf(cluster)
    appendBook(cluster, 'a', 'edition1', 2)
    await deliver(counter, cluster, 0, 1)
    cluster.recreateBooks()
    appendBook(cluster, 'b', 'edition2', 3)
    await deliver(counter, cluster, 2, 2)
    assert.deepEqual(published(cluster).slice(2), ['b=1', 'b=2', 'b=3', 'a=null'])
  })

  it('publishes every count again after the counts topic was re-created', async () => {
    const cluster = new FakeCluster()
    const counter = counterOf(cluster)
    appendBook(cluster, 'a', 'edition1', 2)
    await deliver(counter, cluster, 0, 1)
    cluster.counts.length = 0
    cluster.countTopicId = 'second'
    foreignLine(cluster, 'b')
    await deliver(counter, cluster, 2, 2)
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'b=1'])
  })

  it('rebuilds when a record of the state is damaged', async () => {
    const cluster = new FakeCluster()
    appendBook(cluster, 'a', 'edition1', 2)
    appendBook(cluster, 'b', 'edition1', 2)
    await deliver(counterOf(cluster), cluster, 0, 3)
    const damaged = cluster.state.findIndex(({ key }) => key?.toString() === 'book:a')
    cluster.state[damaged] = { ...cluster.state[damaged]!, value: Buffer.from('{"v":1,"lines":17') }
    foreignLine(cluster, 'b')
    await deliver(counterOf(cluster), cluster, 4, 4)
    assert.deepEqual(lastCounts(cluster), { a: '2', b: '3' })
  })

  for (const container of ['warm', 'new'])
    it(`rejects a changed number of partitions under the same lines in a ${container} container`, async () => {
      const cluster = new FakeCluster()
      const counter = counterOf(cluster)
      foreignLine(cluster, 'a')
      await deliver(counter, cluster, 0, 0)
      cluster.partitions = 6
      foreignLine(cluster, 'a')
      const { commits } = cluster
      await assert.rejects(
        deliver(container === 'warm' ? counter : counterOf(cluster), cluster, 1, 1),
        isError('PARTITIONS_CHANGED'),
      )
      assert.equal(cluster.commits, commits)
    })

  it('continues without a rebuild when the cluster reports no topic ids', async () => {
    const cluster = new FakeCluster()
    cluster.booksTopicId = ''
    cluster.countTopicId = ''
    cluster.stateTopicId = ''
    const [one, other] = [counterOf(cluster), counterOf(cluster)]
    for (let i = 0; i < 6; i++) foreignLine(cluster, 'a')
    await deliver(one, cluster, 0, 1)
    await deliver(other, cluster, 2, 3)
    await deliver(one, cluster, 4, 5)
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'a=3', 'a=4', 'a=5', 'a=6'])
  })

  it('keeps its state when the cluster starts to report topic ids', async () => {
    const cluster = new FakeCluster()
    const { booksTopicId, countTopicId, stateTopicId } = cluster
    Object.assign(cluster, { booksTopicId: '', countTopicId: '', stateTopicId: '' })
    const counter = counterOf(cluster)
    foreignLine(cluster, 'a')
    await deliver(counter, cluster, 0, 0)
    Object.assign(cluster, { booksTopicId, countTopicId, stateTopicId })
    foreignLine(cluster, 'a')
    await deliver(counter, cluster, 1, 1)
    foreignLine(cluster, 'a')
    await deliver(counterOf(cluster), cluster, 2, 2)
    assert.deepEqual(published(cluster), ['a=1', 'a=2', 'a=3'])
  })

  it('publishes the fold of the log, whichever batches are skipped, repeated, fenced or failed', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const cluster = new FakeCluster()
        const containers = [counterOf(cluster), counterOf(cluster), counterOf(cluster)]
        let delivered = 0
        for (const { lines, gap, book, number, deliver: from, container, fault, crash } of steps) {
          for (let i = 0; i < lines; i++) appendLine(cluster, `book${book}`, number + i, i === 0 ? gap : 0)
          if (crash) containers[container] = counterOf(cluster)
          if (fault !== undefined) cluster.faults.push(fault)
          const start = Math.max(0, Math.min(cluster.books.length - 1, delivered - from))
          await deliverRecords(containers[container]!, cluster, cluster.books.slice(start))
          delivered = cluster.books.length
        }
        if (cluster.books.length > 0)
          await deliverRecords(counterOf(cluster), cluster, cluster.books.slice(-1))
        assert.deepEqual(published(cluster), folded(cluster.books))
      }),
      { numRuns: 1000 },
    )
  })
})

/** Lines of an edition, removals or foreign lines, then a batch that starts near the first new record. */
const step = fc.record({
  lines: fc.integer({ min: 0, max: 12 }),
  gap: fc.integer({ min: 0, max: 2 }),
  book: fc.integer({ min: 0, max: 2 }),
  /** 0: foreign lines; -20: removals; otherwise the number of the first line in its edition. */
  number: fc.constantFrom(-20, 0, 1, 1, 1, 2, 5),
  deliver: fc.integer({ min: -6, max: 6 }),
  container: fc.integer({ min: 0, max: 2 }),
  fault: fc.constantFrom(
    undefined,
    undefined,
    undefined,
    'fail before commit' as const,
    'fail after commit' as const,
  ),
  crash: fc.boolean(),
})

function counterOf(cluster: FakeCluster, emit: 'every' | 'batch' = 'every'): BatchCounter {
  return new BatchCounter({ partition: 0, cluster, emit, log: silentLog, pause: async () => {} })
}

async function deliver(
  counter: BatchCounter,
  cluster: FakeCluster,
  first: number,
  last: number,
): Promise<void> {
  const batch = cluster.books.filter(({ offset }) => offset >= first && offset <= last)
  await deliverRecords(counter, cluster, batch)
}

async function deliverRecords(
  counter: BatchCounter,
  cluster: FakeCluster,
  batch: LogRecord[],
): Promise<void> {
  if (batch.length > 0) await counter.count(batch.map(countedRecord), cluster.topology())
}
