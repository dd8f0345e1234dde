import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BatchCounter } from '../../../../books/count/batch-counter.ts'
import type { Topology } from '../../../../books/count/cluster.ts'
import { LogCounter } from '../../../../books/count/log-counter.ts'
import { countedRecord } from '../../../../books/count/records.ts'
import { AppError } from '../../../../lib/errors.ts'
import { silentLog } from '../../../../lib/log.ts'
import { isError } from '../../../harness/is-error.ts'
import { FakeCluster } from './fake-cluster.ts'
import { appendBook, appendLine, folded, foreignLine, lastCounts, published } from './written-log.ts'

const base64 = (book: string) => Buffer.from(book).toString('base64')

describe('LogCounter', () => {
  it('counts the lines that the state does not have, and no line twice', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 30)
    await deliver(batchCounterOf(cluster), cluster, 10)
    const counter = counterOf(cluster)
    await counter.count(topology)
    await counter.count(topology)
    foreignLine(cluster, 'b')
    const { lines, next } = await counter.count(topology)
    assert.deepEqual([lines, next], [1, 31])
    assert.deepEqual(published(cluster), folded(cluster.books))
  })

  it('publishes every count again for each rebuild', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 3)
    appendBook(cluster, 'b', 'edition1', 2)
    for (let times = 0; times < 3; times++) await rebuild(counterOf(cluster), topology)
    const once = folded(cluster.books)
    assert.deepEqual(published(cluster), [...once, ...once, ...once])
  })

  it('completes an interrupted rebuild instead of starting another', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 20)
    await counterOf(cluster).count(topology)
    // The first checkpoint and one transaction of lines succeed.
    cluster.faults.push(undefined, undefined, 'fail before commit')
    await assert.rejects(rebuild(counterOf(cluster), topology), isError('KAFKA_UNAVAILABLE'))
    await rebuild(counterOf(cluster), topology)
    const once = folded(cluster.books)
    assert.deepEqual(published(cluster), [...once, ...once])
  })

  it('lets the next batch complete an interrupted rebuild', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 20)
    await counterOf(cluster).count(topology)
    cluster.faults.push(undefined, 'fail before commit')
    await assert.rejects(rebuild(counterOf(cluster), topology), isError('KAFKA_UNAVAILABLE'))
    foreignLine(cluster, 'b')
    await deliver(batchCounterOf(cluster), cluster, 1)
    assert.deepEqual(lastCounts(cluster), { a: '20', b: '1' })
  })

  it('is fenced when another container takes over the partition, and continues after the lines that it counted', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    const counter = counterOf(cluster)
    foreignLine(cluster, 'a')
    await counter.count(topology)
    foreignLine(cluster, 'a')
    await deliver(batchCounterOf(cluster), cluster, 1)
    foreignLine(cluster, 'a')
    await assert.rejects(counter.count(topology), isError('FENCED'))
    await counter.count(topology)
    assert.deepEqual(published(cluster), folded(cluster.books))
  })

  it('corrects one book and leaves the others unchanged', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 2)
    appendBook(cluster, 'b', 'edition1', 2)
    const counter = counterOf(cluster)
    await counter.count(topology)
    await counter.correct(base64('a'), { lines: 7, edition: 'edition1', number: 2, complete: true })
    await counter.correct(base64('b'), undefined)
    foreignLine(cluster, 'a')
    await counterOf(cluster).count(topology)
    assert.deepEqual(published(cluster).slice(4), ['a=7', 'b=null', 'a=8'])
  })

  it('publishes the fold of the log while other containers count batches', async () => {
    const step = fc.record({
      lines: fc.integer({ min: 0, max: 12 }),
      book: fc.integer({ min: 0, max: 2 }),
      number: fc.constantFrom(-20, 0, 1, 1, 1, 2, 5),
      counter: fc.integer({ min: 0, max: 3 }),
      fault: fc.constantFrom(
        undefined,
        undefined,
        'fail before commit' as const,
        'fail after commit' as const,
      ),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        const cluster = new FakeCluster()
        const topology = await cluster.topology()
        const batchCounters = [batchCounterOf(cluster), batchCounterOf(cluster)]
        const logCounters = [counterOf(cluster), counterOf(cluster)]
        for (const { lines, book, number, counter, fault } of steps) {
          for (let i = 0; i < lines; i++) appendLine(cluster, `book${book}`, number + i, 0)
          if (fault !== undefined) cluster.faults.push(fault)
          if (counter < 2) await deliver(batchCounters[counter]!, cluster, 3)
          else await logCounters[counter - 2]!.count(topology).catch(throwUnlessRetryable)
        }
        cluster.faults.length = 0
        await counterOf(cluster).count(topology)
        assert.deepEqual(published(cluster), folded(cluster.books))
      }),
      { numRuns: 300 },
    )
  })
})

function counterOf(cluster: FakeCluster): LogCounter {
  return new LogCounter({ partition: 0, cluster, emit: 'every', log: silentLog })
}

function batchCounterOf(cluster: FakeCluster): BatchCounter {
  return new BatchCounter({ partition: 0, cluster, emit: 'every', log: silentLog, pause: async () => {} })
}

async function rebuild(counter: LogCounter, topology: Topology): Promise<void> {
  await counter.discardState(topology)
  await counter.count(topology)
}

/** A batch of the last records. */
async function deliver(counter: BatchCounter, cluster: FakeCluster, records: number): Promise<void> {
  const batch = cluster.books.slice(-records)
  if (batch.length > 0) await counter.count(batch.map(countedRecord), cluster.topology())
}

function throwUnlessRetryable(error: unknown): void {
  if (!(error instanceof AppError && error.retryable)) throw error
}
