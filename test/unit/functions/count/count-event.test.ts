import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { EventCounter } from '../../../../functions/count/count-event.ts'
import type { KafkaEvent } from '../../../../lambda/kafka-event.ts'
import { AppError } from '../../../../lib/errors.ts'
import { silentLog } from '../../../../lib/log.ts'
import type { MetricValues } from '../../../../lib/metrics.ts'
import { FakeCluster } from '../../books/count/fake-cluster.ts'

const minuteMs = 60_000

/** An event with foreign lines of one partition, the first of them written a minute ago. A record with a null key belongs to no book. */
function eventOf(cluster: FakeCluster, ...keys: readonly (string | null)[]): KafkaEvent {
  const records = keys.map((key, i) => ({
    topic: cluster.topics.books,
    partition: 0,
    offset: cluster.append({
      key: key === null ? null : Buffer.from(key),
      value: Buffer.from('a line'),
      headers: [],
    }),
    timestamp: Date.now() - minuteMs + i,
    timestampType: 'CREATE_TIME' as const,
    key: key === null ? null : Buffer.from(key).toString('base64'),
    value: 'YQ==',
    headers: [],
  }))
  return {
    eventSource: 'aws:kafka',
    bootstrapServers: '',
    records: { [`${cluster.topics.books}-0`]: records },
  }
}

function counterOf(cluster: FakeCluster) {
  const metrics: MetricValues[] = []
  const counter = new EventCounter({
    cluster,
    emit: 'batch',
    log: silentLog,
    metrics: { put: (values) => void metrics.push(values) },
  })
  return { counter, metrics }
}

describe('EventCounter', () => {
  it('puts metrics once per batch, with the age of its oldest line', async () => {
    const cluster = new FakeCluster()
    const { counter, metrics } = counterOf(cluster)
    await counter.count(eventOf(cluster, 'a book', 'a book', null))
    const [{ BatchAge, ...counts } = {}] = metrics
    assert.ok(BatchAge! >= minuteMs)
    assert.deepEqual(counts, {
      LinesCounted: 2,
      UpdatesPublished: 1,
      BooksRemoved: 0,
      RecordsWithoutKey: 1,
      RecordsWithLongKey: 0,
      RecordsSkippedAhead: 0,
      RecordsIgnored: 0,
      Takeovers: 1,
    })
    assert.equal(metrics.length, 1)
  })

  it('puts the age of a batch that cannot be counted', async () => {
    const cluster = new FakeCluster()
    const event = eventOf(cluster, 'a book')
    await counterOf(cluster).counter.count(event)
    cluster.partitions = 6
    const { counter, metrics } = counterOf(cluster)
    await assert.rejects(counter.count(event), { code: 'PARTITIONS_CHANGED' })
    assert.ok(metrics[0]!.BatchAge! >= minuteMs)
    assert.equal(metrics[0]!.LinesCounted, 0)
    assert.equal(metrics.length, 1)
  })

  it('rejects offsets beyond the end of the log before it counts anything', async () => {
    const cluster = new FakeCluster()
    const event = eventOf(cluster, 'a book')
    const [[name, records] = ['', []]] = Object.entries(event.records)
    const invented = { ...records[0]!, offset: 15 }
    const { counter } = counterOf(cluster)
    await assert.rejects(counter.count({ ...event, records: { [name]: [...records, invented] } }), {
      code: 'NOT_FROM_THIS_TOPIC',
    })
    assert.equal(cluster.commits, 0)
  })

  it('counts the other partitions when the end of one cannot be read', async () => {
    const cluster = new FakeCluster()
    const event = eventOf(cluster, 'a book')
    const [[name, records] = ['', []]] = Object.entries(event.records)
    const unavailable = new AppError('KAFKA_UNAVAILABLE', 'no leader', { retryable: true })
    const endOf = cluster.booksEnd.bind(cluster)
    cluster.booksEnd = async (partition) => {
      if (partition === 1) throw unavailable
      return endOf(partition)
    }
    const other = [{ ...records[0]!, partition: 1 }]
    const both = { [name]: records, [`${cluster.topics.books}-1`]: other }
    const { counter, metrics } = counterOf(cluster)
    await assert.rejects(counter.count({ ...event, records: both }), unavailable)
    assert.equal(metrics[0]!.LinesCounted, 1)
  })

  it('rejects an unknown partition when its end cannot be read', async () => {
    const cluster = new FakeCluster()
    const event = eventOf(cluster, 'a book')
    const records = Object.values(event.records)[0]!.map((record) => ({ ...record, partition: 17 }))
    cluster.booksEnd = () => Promise.reject(new Error('no such partition'))
    const { counter } = counterOf(cluster)
    await assert.rejects(counter.count({ ...event, records: { [`${cluster.topics.books}-17`]: records } }), {
      code: 'NOT_FROM_THIS_TOPIC',
    })
    assert.equal(cluster.commits, 0)
  })

  it('waits for the begin of its transaction before it rejects an event', async () => {
    const cluster = new FakeCluster()
    const { counter } = counterOf(cluster)
    const fence = cluster.fence.bind(cluster)
    let isBegun = true
    cluster.fence = async () =>
      Object.assign(await fence(), {
        begin: async () => {
          isBegun = false
          await setImmediate()
          isBegun = true
        },
      })
    await counter.count(eventOf(cluster, 'a book'))
    const missing = new AppError('TOPIC_MISSING', 'no topic')
    cluster.topology = () => Promise.reject(missing)
    await assert.rejects(counter.count(eventOf(cluster, 'a book')), missing)
    assert.ok(isBegun)
  })

  it('waits for the ends of the log before it rejects an event', async () => {
    const cluster = new FakeCluster()
    const event = eventOf(cluster, 'a book')
    const missing = new AppError('TOPIC_MISSING', 'no topic')
    cluster.topology = () => Promise.reject(missing)
    let isAnswered = false
    cluster.booksEnd = async () => {
      await setImmediate()
      isAnswered = true
      return 1
    }
    await assert.rejects(counterOf(cluster).counter.count(event), missing)
    assert.ok(isAnswered)
  })
})
