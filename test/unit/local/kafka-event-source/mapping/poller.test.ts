import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { EventBatch } from '../../../../../local/kafka-event-source/batch/batch.ts'
import { EventEnvelope } from '../../../../../local/kafka-event-source/batch/event-envelope.ts'
import { maxEventBytes } from '../../../../../local/kafka-event-source/batch/forming-batch.ts'
import type {
  PolledRecord,
  RecordSource,
} from '../../../../../local/kafka-event-source/batch/record-source.ts'
import { noCounts } from '../../../../../local/kafka-event-source/mapping/counters.ts'
import { Poller, type PollerSettings } from '../../../../../local/kafka-event-source/mapping/poller.ts'
import { inMemory } from '../../../../harness/records.ts'
import { ManualClock, settled } from './manual-clock.ts'

/** A partition to which a test appends. */
class Log implements RecordSource {
  readonly partition: number
  position = 0
  readonly #records: PolledRecord[] = []
  #end = 0
  #failure: string | undefined

  constructor(partition: number) {
    this.partition = partition
  }

  append(count: number, value = Buffer.from('x')): void {
    for (let i = 0; i < count; i++) {
      const offset = this.#end++
      const record = {
        offset,
        timestamp: 0,
        timestampType: 'CREATE_TIME',
        key: null,
        value,
        headers: [],
      } as const
      this.#records.push(inMemory(record))
    }
  }

  /** A record that is never delivered. */
  appendUndeliverable(): void {
    this.append(1)
    this.#records.push({ ...this.#records.pop()!, discardCondition: 'SCHEMA_NOT_FOUND' })
  }

  /** Offsets that are no records, as after a transaction. */
  skip(count: number): void {
    this.#end += count
  }

  /** After the present records, every `peek` fails. */
  breakAtEnd(message: string): void {
    this.#failure = message
  }

  peek(): PolledRecord | undefined {
    if (this.#records.length === 0 && this.#failure !== undefined) throw new Error(this.#failure)
    if (this.#records.length === 0) this.position = this.#end
    return this.#records[0]
  }

  take(): void {
    this.position = this.#records.shift()!.offset + 1
  }
}

type Delivered = { readonly batch: EventBatch; readonly at: number; readonly end: () => Promise<void> }

function rig(settings: Partial<PollerSettings> = {}, partitions = 2) {
  const clock = new ManualClock()
  const counters = noCounts()
  const delivered: Delivered[] = []
  const discarded: EventBatch[] = []
  const conditions: string[] = []
  const commits: [number, number][] = []
  const start = clock.now()
  const unreadable: [number, string][] = []
  const poller = new Poller({
    clock,
    envelope: new EventEnvelope({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b:1' }, 't'),
    status: {
      counters,
      unreadable: (partition, error) => unreadable.push([partition, (error as Error).message]),
    },
    settings: () => ({
      batchSize: 100,
      windowMs: 500,
      filter: undefined,
      isProvisioned: false,
      maxConcurrentBatches: Number.POSITIVE_INFINITY,
      ...settings,
    }),
    delivery: {
      deliver: (batch) =>
        new Promise((resolve) => {
          const end = () => {
            resolve()
            return settled()
          }
          delivered.push({ batch, at: clock.now() - start, end })
        }),
      discard: (batch, condition) => {
        discarded.push(batch)
        conditions.push(condition)
        return Promise.resolve()
      },
    },
    committer: { commit: (offsets) => void commits.push(...offsets) },
  })
  const logs = Array.from({ length: partitions }, (_, partition) => new Log(partition))
  poller.start(logs, () => undefined)
  const shown = () =>
    delivered.map(({ batch, at }) => [
      at,
      ...batch.parts.map((part) => [part.partition, part.offsets.length]),
    ])
  return {
    ...{ clock, poller, logs, delivered, discarded, conditions, commits, counters, unreadable, shown },
    settings,
  }
}

test('a record waits for the window, counted from the mapping’s start', async () => {
  const { clock, poller, logs, shown } = rig()
  await clock.advance(200)
  logs[0]!.append(1)
  poller.poll()
  await clock.advance(299)
  assert.deepEqual(shown(), [])
  await clock.advance(1)
  assert.deepEqual(shown(), [[500, [0, 1]]])
})

test('records within the window join the batch, from any partition', async () => {
  const { clock, poller, logs, shown } = rig()
  for (const partition of [0, 1, 0]) {
    logs[partition]!.append(2)
    poller.poll()
    await clock.advance(100)
  }
  await clock.advance(400)
  assert.deepEqual(shown(), [[500, [0, 4], [1, 2]]])
})

test('a full batch does not wait', async () => {
  const { poller, logs, shown } = rig({ batchSize: 3 })
  logs[0]!.append(3)
  poller.poll()
  await settled()
  assert.deepEqual(shown(), [[0, [0, 3]]])
})

test('a window of 0 sends available records immediately', async () => {
  const { poller, logs, shown } = rig({ windowMs: 0 })
  logs[0]!.append(3)
  poller.poll()
  await settled()
  assert.deepEqual(shown(), [[0, [0, 3]]])
})

test('on demand, the next window begins when the previous invocation completes', async () => {
  const { clock, poller, logs, delivered, shown } = rig()
  logs[0]!.append(1)
  poller.poll()
  await clock.advance(500)
  logs[0]!.append(1)
  poller.poll()
  await clock.advance(700)
  await delivered[0]!.end()
  await clock.advance(499)
  assert.equal(delivered.length, 1)
  await clock.advance(1)
  assert.deepEqual(shown(), [
    [500, [0, 1]],
    [1_700, [0, 1]],
  ])
})

test('with provisioned pollers, the next window begins when the previous batch was formed', async () => {
  const { clock, poller, logs, delivered, shown } = rig({ isProvisioned: true })
  logs[0]!.append(1)
  poller.poll()
  await clock.advance(500)
  await clock.advance(100)
  await delivered[0]!.end()
  logs[0]!.append(1)
  poller.poll()
  await clock.advance(400)
  assert.deepEqual(shown(), [
    [500, [0, 1]],
    [1_000, [0, 1]],
  ])
})

test('processes one batch of a partition at a time; other partitions continue', async () => {
  const { poller, logs, delivered, shown } = rig({ batchSize: 10, windowMs: 0 })
  logs[0]!.append(30)
  poller.poll()
  await settled()
  assert.deepEqual(shown(), [[0, [0, 10]]])
  logs[1]!.append(5)
  poller.poll()
  await settled()
  assert.deepEqual(shown().slice(1), [[0, [1, 5]]])
  await delivered[0]!.end()
  assert.deepEqual(shown().slice(2), [[0, [0, 10]]])
})

test('a backlog runs as one batch for each partition, up to the number of pollers', async () => {
  const all = rig({ batchSize: 10 }, 5)
  for (const log of all.logs) log.append(100)
  all.poller.poll()
  await settled()
  assert.deepEqual(
    all.shown().map(([, part]) => part),
    [0, 1, 2, 3, 4].map((partition) => [partition, 10]),
  )
  const two = rig({ batchSize: 10, maxConcurrentBatches: 2 }, 5)
  for (const log of two.logs) log.append(100)
  two.poller.poll()
  await settled()
  assert.equal(two.delivered.length, 2)
  await two.delivered[0]!.end()
  assert.equal(two.delivered.length, 3)
  assert.equal(two.delivered[2]!.batch.parts[0]!.partition, 2)
})

test('no batch is delivered to a function without concurrency', async () => {
  const { poller, logs, delivered } = rig({ batchSize: 10, maxConcurrentBatches: 0 })
  logs[0]!.append(100)
  poller.poll()
  await settled()
  assert.equal(delivered.length, 0)
})

test('a batch ends at six megabytes', async () => {
  const { poller, logs, delivered } = rig({ batchSize: 10_000 })
  logs[0]!.append(20, Buffer.alloc(600_000))
  poller.poll()
  await settled()
  const [first] = delivered
  const size = (count: number) => first!.batch.event(first!.batch.indexes().slice(0, count)).length
  assert.ok(first!.batch.size < 20)
  assert.ok(size(first!.batch.size) <= maxEventBytes)
  assert.ok(size(first!.batch.size) + 800_000 > maxEventBytes)
})

test('discards a record larger than an event, in order', async () => {
  const { poller, logs, delivered, discarded } = rig({ batchSize: 10_000 }, 1)
  logs[0]!.append(1)
  logs[0]!.append(1, Buffer.alloc(5_000_000))
  logs[0]!.append(1)
  poller.poll()
  await settled()
  assert.deepEqual([delivered.length, discarded.length], [1, 0])
  await delivered[0]!.end()
  assert.deepEqual(discarded[0]!.parts[0]!.offsets, [1])
})

test('does not deliver filtered records, and commits past them', async () => {
  const wanted = (value: Buffer | null) => value?.toString() === 'x'
  const { clock, poller, logs, delivered, commits, counters } = rig({ filter: wanted }, 1)
  logs[0]!.append(5, Buffer.from('no'))
  poller.poll()
  await clock.advance(1_000)
  assert.equal(delivered.length, 0)
  assert.deepEqual(commits.at(-1), [0, 5])
  logs[0]!.append(1)
  logs[0]!.append(3, Buffer.from('no'))
  poller.poll()
  await clock.advance(500)
  assert.deepEqual(delivered[0]!.batch.parts[0]!.offsets, [5])
  assert.equal(delivered[0]!.batch.parts[0]!.next, 9)
  assert.deepEqual(commits.at(-1), [0, 5])
  assert.deepEqual([counters.PolledEventCount, counters.FilteredOutEventCount], [9, 8])
})

for (const windowMs of [200, 0]) {
  test(`an endless log that is mostly filtered out does not delay other records: window ${windowMs} ms`, async () => {
    const wanted = (value: Buffer | null) => value?.toString() === 'x'
    const settings = { filter: wanted, windowMs, batchSize: 10_000 }
    const { clock, poller, logs, delivered, commits } = rig(settings, 2)
    let turns = 0
    clock.onSoon = () => {
      if (++turns > 500) return
      // Few records pass the filter, more are always available, and the clock moves.
      logs[0]!.append(1, Buffer.from(turns === 20 ? 'x' : 'no'))
      logs[0]!.append(600, Buffer.from('no'))
      clock.elapse(1)
    }
    logs[0]!.append(600, Buffer.from('no'))
    logs[1]!.append(1)
    poller.poll()
    await settled()
    const [first] = delivered
    assert.deepEqual(
      first?.batch.parts.map(({ partition }) => partition),
      [1, 0],
    )
    assert.ok(first!.at <= 200, `sent after ${first!.at} ms`)
    assert.ok(commits.some(([partition, offset]) => partition === 0 && offset > 0))
  })
}

test('commits past markers at the end of a log', async () => {
  const { poller, logs, commits } = rig({}, 1)
  logs[0]!.skip(2)
  poller.poll()
  assert.deepEqual(commits.at(-1), [0, 2])
})

test('a changed batch size and window apply to the next batch, also before its first record', async () => {
  const settings = { batchSize: 100, windowMs: 300_000 }
  const { clock, poller, logs, delivered, settings: changeable } = rig(settings, 1)
  poller.poll()
  Object.assign(changeable, { batchSize: 2 })
  logs[0]!.append(3)
  poller.poll()
  await settled()
  assert.equal(delivered[0]!.batch.size, 2)
  Object.assign(changeable, { windowMs: 1_000 })
  await delivered[0]!.end()
  await clock.advance(1_000)
  assert.equal(delivered[1]!.batch.size, 1)
})

test('stop starts no new batch, waits for running batches, and drops the forming batch', async () => {
  const { clock, poller, logs, delivered } = rig({ batchSize: 1 }, 2)
  logs[0]!.append(1)
  poller.poll()
  await settled()
  let isStopped = false
  const stopped = poller.stop().then(() => {
    isStopped = true
  })
  logs[1]!.append(1)
  poller.poll()
  await clock.advance(10_000)
  assert.deepEqual([delivered.length, isStopped], [1, false])
  await delivered[0]!.end()
  await stopped
  assert.equal(delivered.length, 1)
})

test('counts and reports an unreadable partition once, and reads the others', async () => {
  const { poller, logs, delivered, unreadable } = rig({ batchSize: 1 })
  logs[0]!.append(1)
  logs[0]!.breakAtEnd('broken')
  logs[1]!.append(3)
  poller.poll()
  await settled()
  while (delivered.length < 4) {
    for (const { end } of [...delivered]) await end()
    poller.poll()
    await settled()
  }
  assert.deepEqual(unreadable, [[0, 'broken']])
})

test('discards a record with its condition after delivering the earlier ones', async () => {
  const { poller, logs, delivered, discarded, conditions, counters } = rig({}, 1)
  logs[0]!.append(1)
  logs[0]!.appendUndeliverable()
  logs[0]!.append(1)
  poller.poll()
  await settled()
  assert.deepEqual([delivered.length, discarded.length], [1, 0])
  assert.deepEqual(delivered[0]!.batch.parts[0]!.offsets, [0])
  await delivered[0]!.end()
  assert.deepEqual(discarded[0]!.parts[0]!.offsets, [1])
  assert.deepEqual(conditions, ['SCHEMA_NOT_FOUND'])
  assert.equal(counters.PolledEventCount, 3)
})
