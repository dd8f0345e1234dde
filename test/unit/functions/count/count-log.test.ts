import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { Topology } from '../../../../functions/count/cluster.ts'
import { PartitionCounter } from '../../../../functions/count/partition.ts'
import { countedRecord } from '../../../../functions/count/records.ts'
import { AppError } from '../../../../lib/errors.ts'
import { silentLog } from '../../../../lib/log.ts'
import { FakeCluster } from './fake-cluster.ts'
import { appendBook, appendLine, folded, foreignLine, lastCounts, published } from './written-log.ts'

const base64 = (book: string) => Buffer.from(book).toString('base64')

describe('PartitionCounter, from the log', () => {
  it('counts what the state does not have, and nothing twice', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 30)
    await deliver(counterOf(cluster), cluster, 10)
    const counter = counterOf(cluster)
    await counter.countLog(topology)
    await counter.countLog(topology)
    foreignLine(cluster, 'b')
    const { lines, next } = await counter.countLog(topology)
    assert.deepEqual([lines, next], [1, 31])
    assert.deepEqual(published(cluster), folded(cluster.books))
  })

  it('publishes every count again when asked to, as often as asked', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 3)
    appendBook(cluster, 'b', 'edition1', 2)
    for (let times = 0; times < 3; times++) await again(counterOf(cluster), topology)
    const once = folded(cluster.books)
    assert.deepEqual(published(cluster), [...once, ...once, ...once])
  })

  it('ends a rebuild that broke off instead of beginning another', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 20)
    await counterOf(cluster).countLog(topology)
    // The checkpoint of the beginning, one stretch of lines, then no more.
    cluster.faults.push(undefined, undefined, 'fail before commit')
    await assert.rejects(again(counterOf(cluster), topology), isError('KAFKA_UNAVAILABLE'))
    await again(counterOf(cluster), topology)
    const once = folded(cluster.books)
    assert.deepEqual(published(cluster), [...once, ...once])
  })

  it('leaves a rebuild that broke off to the next batch', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 20)
    await counterOf(cluster).countLog(topology)
    cluster.faults.push(undefined, 'fail before commit')
    await assert.rejects(again(counterOf(cluster), topology), isError('KAFKA_UNAVAILABLE'))
    foreignLine(cluster, 'b')
    await deliver(counterOf(cluster), cluster, 1)
    assert.deepEqual(lastCounts(cluster), { a: '20', b: '1' })
  })

  it('is fenced at once by whoever takes the partition over, and goes on behind them', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    const counter = counterOf(cluster)
    foreignLine(cluster, 'a')
    await counter.countLog(topology)
    foreignLine(cluster, 'a')
    await deliver(counterOf(cluster), cluster, 1)
    foreignLine(cluster, 'a')
    await assert.rejects(counter.countLog(topology), isError('FENCED'))
    await counter.countLog(topology)
    assert.deepEqual(published(cluster), folded(cluster.books))
  })

  it('puts one book right, and leaves the others', async () => {
    const cluster = new FakeCluster()
    const topology = await cluster.topology()
    appendBook(cluster, 'a', 'edition1', 2)
    appendBook(cluster, 'b', 'edition1', 2)
    const counter = counterOf(cluster)
    await counter.countLog(topology)
    await counter.correct(base64('a'), { lines: 7, edition: 'edition1', number: 2, complete: true })
    await counter.correct(base64('b'), undefined)
    foreignLine(cluster, 'a')
    await counterOf(cluster).countLog(topology)
    assert.deepEqual(published(cluster).slice(4), ['a=7', 'b=null', 'a=8'])
  })

  it('publishes what the fold of the log says, beside containers that count batches', async () => {
    const step = fc.record({
      lines: fc.integer({ min: 0, max: 12 }),
      book: fc.integer({ min: 0, max: 2 }),
      number: fc.constantFrom(-20, 0, 1, 1, 1, 2, 5),
      who: fc.integer({ min: 0, max: 3 }),
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
        const counters = [counterOf(cluster), counterOf(cluster), counterOf(cluster), counterOf(cluster)]
        for (const { lines, book, number, who, fault } of steps) {
          for (let i = 0; i < lines; i++) appendLine(cluster, `book${book}`, number + i, 0)
          if (fault !== undefined) cluster.faults.push(fault)
          if (who < 2) await deliver(counters[who]!, cluster, 3)
          else await counters[who]!.countLog(topology).catch(isRetryable)
        }
        cluster.faults.length = 0
        await counterOf(cluster).countLog(topology)
        assert.deepEqual(published(cluster), folded(cluster.books))
      }),
      { numRuns: 300 },
    )
  })
})

function counterOf(cluster: FakeCluster): PartitionCounter {
  return new PartitionCounter({ partition: 0, cluster, emit: 'every', log: silentLog, pause: async () => {} })
}

async function again(counter: PartitionCounter, topology: Topology): Promise<void> {
  await counter.startAgain(topology)
  await counter.countLog(topology)
}

/** A batch of the last records. */
async function deliver(counter: PartitionCounter, cluster: FakeCluster, records: number): Promise<void> {
  const batch = cluster.books.slice(-records)
  if (batch.length > 0) await counter.count(batch.map(countedRecord), await cluster.topology())
}

function isError(code: string): (error: unknown) => boolean {
  return (error) => error instanceof AppError && error.code === code
}

function isRetryable(error: unknown): void {
  if (!(error instanceof AppError && error.retryable)) throw error
}
