import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { WarmProducer } from '../../../../books/ingest/warm-producer.ts'
import { EventIngester } from '../../../../functions/ingest/ingest-event.ts'
import type { Task } from '../../../../functions/ingest/tasks.ts'
import type { Producer } from '../../../../kafka/producer/producer.ts'
import { AppError } from '../../../../lib/errors.ts'
import { silentLog } from '../../../../lib/log.ts'
import type { MetricValues } from '../../../../lib/metrics.ts'
import { bucketShowing, type FakeObject, FakeWriter, text } from '../../books/ingest/fake-collaborators.ts'

/** An ingester of these objects; `taken` are the values of each book, `busiest` the most books at the same time. */
function ingesterOf(objects: Readonly<Record<string, FakeObject>>) {
  const taken: Record<string, (string | null)[]> = {}
  let open = 0
  const metrics: MetricValues[] = []
  const seen = { taken, metrics, busiest: 0, settled: 0, flushes: 0 }
  const producer = {
    writer(key: Buffer) {
      const writer = new FakeWriter()
      seen.busiest = Math.max(seen.busiest, ++open)
      writer.acknowledged = async () => {
        open--
        taken[String(key)] = [...(taken[String(key)] ?? []), ...writer.taken.map(([value]) => value)]
      }
      return writer
    },
    verifyTopic() {},
    async flush() {
      seen.flushes++
    },
  }
  const ingester = new EventIngester({
    bucketOf: (name) => ({
      open: (key) => bucketShowing(objects[`${name}/${key}`]).open(key),
      etag: async (key) => objects[`${name}/${key}`]?.etag,
    }),
    producer: new WarmProducer(async () => producer as unknown as Producer),
    log: silentLog,
    metrics: { put: (values) => void seen.metrics.push(values) },
  })
  return { ingester, seen }
}

const task = (key: string): Task => ({ bucket: 'books', key })

function invocation(timeIsUp = () => false) {
  const later: Task[] = []
  return { timeIsUp, later, invokeLater: async (task: Task) => void later.push(task) }
}

describe('EventIngester', () => {
  it('ingests each object once, four at a time', async () => {
    const keys = Array.from({ length: 20 }, (_, i) => `book ${i}`)
    const { ingester, seen } = ingesterOf(
      Object.fromEntries(keys.map((key) => [`books/${key}`, text('a', key)])),
    )
    await ingester.ingest([...keys, ...keys].map(task), invocation())
    assert.deepEqual(seen.taken, Object.fromEntries(keys.map((key) => [key, [key]])))
    assert.equal(seen.busiest, 4)
    assert.equal(seen.flushes, 1)
  })

  it('attempts every object when some fail, flushes, and throws the first code with all messages', async () => {
    const { ingester, seen } = ingesterOf({
      'books/bad': text('a', new AppError('OBJECT_NOT_TEXT', 'bad is not text.')),
      'books/good': text('a', 'x'),
      'books/unreachable': text(
        'a',
        new AppError('BUCKET_UNAVAILABLE', 'unreachable is unreachable.', { retryable: true }),
      ),
    })
    await assert.rejects(ingester.ingest(['bad', 'unreachable', 'good'].map(task), invocation()), {
      code: 'OBJECT_NOT_TEXT',
      message: 'bad is not text. unreachable is unreachable.',
      retryable: true,
    })
    assert.deepEqual(seen.taken, { bad: [null], good: ['x'] })
    assert.equal(seen.flushes, 1)
    assert.deepEqual(
      new Set(seen.metrics.map((values) => JSON.stringify(values))),
      new Set(['{"BooksRefused":1}', '{"BooksFailed":1}', '{"LinesIngested":1,"BooksIngested":1}']),
    )
  })

  it('rethrows a single error unchanged', async () => {
    const error = new AppError('OBJECT_UNREADABLE', 'broken.')
    const { ingester } = ingesterOf({ 'books/bad': text('a', error) })
    await assert.rejects(ingester.ingest([task('bad')], invocation()), (thrown) => thrown === error)
  })

  it('defers unfinished objects, from the position where it stopped or from the start', async () => {
    let looks = 0
    const busy = invocation(() => looks++ > 0)
    const { ingester, seen } = ingesterOf({
      'books/long': text('a', '1\n2\n3\n', '4\n'),
      'books/next': text('a', '1'),
    })
    await ingester.ingest([task('long'), task('next')], busy)
    const rest = { ...task('long'), from: { etag: 'a', line: 2, byte: 4 } }
    assert.deepEqual(busy.later, [task('next'), rest])
    // Like a compressed book, which is read from its start; this fake bucket supports no other position.
    await ingester.ingest([{ ...rest, from: { ...rest.from, byte: 0 } }], invocation())
    assert.deepEqual(seen.metrics, [
      { LinesIngested: 2, BooksContinued: 1 },
      { LinesIngested: 2, BooksIngested: 1 },
    ])
  })
})
