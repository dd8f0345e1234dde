import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch } from '../../../../../local/kafka-event-source/batch/batch.ts'
import { EventEnvelope } from '../../../../../local/kafka-event-source/batch/event-envelope.ts'
import { maxEventBytes } from '../../../../../local/kafka-event-source/batch/forming-batch.ts'
import { noCounts } from '../../../../../local/kafka-event-source/mapping/counters.ts'
import {
  type PolledRecord,
  Poller,
  type PollerSettings,
  type RecordSource,
} from '../../../../../local/kafka-event-source/mapping/poller.ts'
import { inMemory } from '../../../../harness/records.ts'
import { ManualClock, settled } from './manual-clock.ts'

/** A partition to which a test appends. */
class Log implements RecordSource {
  readonly partition: number
  position = 0
  readonly #records: PolledRecord[] = []
  #end = 0

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
  appendRefused(): void {
    this.append(1)
    this.#records.push({ ...this.#records.pop()!, refused: 'SCHEMA_NOT_FOUND' })
  }

  /** Offsets that are no records, as after a transaction. */
  skip(count: number): void {
    this.#end += count
  }

  peek(): PolledRecord | undefined {
    if (this.#records.length === 0) this.position = this.#end
    return this.#records[0]
  }

  take(): void {
    this.position = this.#records.shift()!.offset + 1
  }
}

type Delivered = { readonly batch: Batch; readonly at: number; readonly end: () => Promise<void> }

function rig(settings: Partial<PollerSettings> = {}, partitions = 2) {
  const clock = new ManualClock()
  const counters = noCounts()
  const delivered: Delivered[] = []
  const discarded: Batch[] = []
  const conditions: string[] = []
  const commits: [number, number][] = []
  const start = clock.now()
  const poller = new Poller({
    clock,
    counters,
    envelope: new EventEnvelope({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b:1' }, 't'),
    settings: () => ({
      batchSize: 100,
      windowMs: 500,
      filter: undefined,
      isProvisioned: false,
      maxBatches: Number.POSITIVE_INFINITY,
      ...settings,
    }),
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
    commit: (offsets) => commits.push(...offsets),
    unreadable: () => assert.fail('unreadable'),
    consumed: () => undefined,
  })
  const logs = Array.from({ length: partitions }, (_, partition) => new Log(partition))
  poller.assign(logs)
  const shown = () =>
    delivered.map(({ batch, at }) => [
      at,
      ...batch.parts.map((part) => [part.partition, part.offsets.length]),
    ])
  return { clock, poller, logs, delivered, discarded, conditions, commits, counters, shown, settings }
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

test('what comes within the window joins the batch, of whichever partition', async () => {
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

test('a window of 0 sends what is there at once', async () => {
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

test('never two batches of one partition at once; other partitions go on', async () => {
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
  const two = rig({ batchSize: 10, maxBatches: 2 }, 5)
  for (const log of two.logs) log.append(100)
  two.poller.poll()
  await settled()
  assert.equal(two.delivered.length, 2)
  await two.delivered[0]!.end()
  assert.equal(two.delivered.length, 3)
  assert.equal(two.delivered[2]!.batch.parts[0]!.partition, 2)
})

test('a batch is cut at six megabytes', async () => {
  const { poller, logs, delivered } = rig({ batchSize: 10_000 })
  logs[0]!.append(20, Buffer.alloc(600_000))
  poller.poll()
  await settled()
  const [first] = delivered
  const size = (count: number) => first!.batch.event(first!.batch.places().slice(0, count)).length
  assert.ok(first!.batch.size < 20)
  assert.ok(size(first!.batch.size) <= maxEventBytes)
  assert.ok(size(first!.batch.size) + 800_000 > maxEventBytes)
})

test('a record larger than an event goes its own way, in order', async () => {
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

test('filtered records are not delivered, and move what is committed', async () => {
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
  test(`a log without an end, of which a filter lets little through, holds up nothing: window ${windowMs} ms`, async () => {
    const wanted = (value: Buffer | null) => value?.toString() === 'x'
    const settings = { filter: wanted, windowMs, batchSize: 10_000 }
    const { clock, poller, logs, delivered, commits } = rig(settings, 2)
    let turns = 0
    clock.onSoon = () => {
      if (++turns > 500) return
      // Some of it is wanted, seldom; there always is more, and time goes by.
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

test('markers at the end of a log are committed too', async () => {
  const { poller, logs, commits } = rig({}, 1)
  logs[0]!.skip(2)
  poller.poll()
  assert.deepEqual(commits.at(-1), [0, 2])
})

test('a changed batch size and window count from the next batch on, if only its first record is to come', async () => {
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

test('revoked: nothing new starts, running batches are waited for, what was gathered is forgotten', async () => {
  const { clock, poller, logs, delivered } = rig({ batchSize: 1 }, 2)
  logs[0]!.append(1)
  poller.poll()
  await settled()
  let isRevoked = false
  const revoked = poller.revoke().then(() => {
    isRevoked = true
  })
  logs[1]!.append(1)
  poller.poll()
  await clock.advance(10_000)
  assert.deepEqual([delivered.length, isRevoked], [1, false])
  await delivered[0]!.end()
  await revoked
  assert.equal(delivered.length, 1)
})

test('what was gathered when partitions were revoked does not shorten the window of those that come next', async () => {
  const { clock, poller, logs, delivered, shown } = rig({}, 1)
  logs[0]!.append(1)
  poller.poll()
  await clock.advance(100)
  await poller.revoke()
  await clock.advance(1_000)
  const next = new Log(1)
  next.append(1)
  poller.assign([next])
  await clock.advance(499)
  assert.equal(delivered.length, 0)
  await clock.advance(1)
  assert.deepEqual(shown(), [[1_600, [1, 1]]])
})

test('discards a refused record with its reason, after what was taken before it', async () => {
  const { poller, logs, delivered, discarded, conditions, counters } = rig({}, 1)
  logs[0]!.append(1)
  logs[0]!.appendRefused()
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
