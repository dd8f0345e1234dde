import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AppError } from '../../../../../lib/errors.ts'
import { BatchMemory } from '../../../../../lib/kafka/producing/batch-memory.ts'
import { Origin } from '../../../../../lib/kafka/producing/origin.ts'
import { PartitionQueue } from '../../../../../lib/kafka/producing/partition-queue.ts'
import { keyField, noHeaders } from '../../../../../lib/kafka/wire/record-batch.ts'
import { recordsIn } from '../../../../harness/records.ts'

const producer = { id: 1n, epoch: 0 }
const away = new AppError('KAFKA_UNAVAILABLE', 'away', { retryable: true })
const headBytes = 61
const baseSequenceAt = 53

function queueOf(batchBytes: number) {
  const queue = new PartitionQueue(3, 0, new BatchMemory(batchBytes))
  return {
    queue,
    add: (origin: Origin, ...values: string[]) => {
      for (const value of values) {
        queue.add(origin, { key: keyField(null), value: Buffer.from(value), headers: noHeaders })
      }
    },
    /** What goes over the wire: the first sequence number, and the values. */
    send: () => {
      const sealed = queue.send(producer)
      return [sealed.readInt32BE(baseSequenceAt), ...recordsIn(sealed).map(({ value }) => String(value))]
    },
  }
}

const isSettled = async (origin: Origin) =>
  await Promise.race([origin.settled().then(() => true), new Promise((r) => setImmediate(r, false))])

test('what comes while a batch is on its way goes into the next', async () => {
  const { queue, add, send } = queueOf(1_000)
  const origin = new Origin()
  add(origin, 'a', 'b')
  assert.deepEqual(send(), [0, 'a', 'b'])
  add(origin, 'c')
  assert.equal(queue.isWaiting, false)
  queue.written()
  assert.equal(queue.isWaiting, true)
  assert.deepEqual(send(), [2, 'c'])
  assert.equal(await isSettled(origin), false)
  queue.written()
  assert.equal(await isSettled(origin), true)
  assert.equal(queue.bytes, 0)
})

test('a batch that is sent again has the same sequence, and comes before what was added since', () => {
  const { queue, add, send } = queueOf(1_000)
  add(new Origin(), 'a')
  const first = send()
  assert.equal(queue.notWritten(true).mayBeWritten, true)
  add(new Origin(), 'b')
  assert.deepEqual(send().slice(0, first.length), first)
  assert.equal(queue.notWritten(false).mayBeWritten, true, 'what may be written stays so')
})

test('a batch that may be written takes no more records', () => {
  const { queue, add, send } = queueOf(1_000)
  add(new Origin(), 'a')
  send()
  queue.notWritten(true)
  add(new Origin(), 'b')
  assert.deepEqual(send(), [0, 'a'])
  queue.written()
  assert.deepEqual(send(), [1, 'b'])
})

test('batches get no larger than they may, but for one record alone', () => {
  const { queue, add, send } = queueOf(headBytes + 100)
  add(new Origin(), 'x'.repeat(500), 'y'.repeat(60), 'z'.repeat(60))
  const sizes: number[] = []
  for (; queue.isWaiting; queue.written()) sizes.push(send().length - 1)
  assert.deepEqual(sizes, [1, 1, 1])
})

test('a batch that is too large goes in halves, in order, and each record stays its owner’s', async () => {
  const { queue, add, send } = queueOf(10_000)
  const [one, other] = [new Origin(), new Origin()]
  add(one, 'a', 'b')
  add(other, 'c')
  add(one, 'd', 'e')
  send()
  queue.notWritten(false)
  queue.split()
  assert.deepEqual(send(), [0, 'a', 'b'])
  queue.written()
  assert.deepEqual(send(), [2, 'c', 'd', 'e'])
  queue.notWritten(false)
  queue.split()
  assert.deepEqual(send(), [2, 'c'])
  queue.notWritten(false)
  queue.fail(away)
  assert.deepEqual(send(), [2, 'd', 'e'], 'nothing was written with that number')
  queue.written()
  assert.deepEqual([await isSettled(one), one.failure], [true, undefined])
  assert.deepEqual([await isSettled(other), other.failure, other.failedIn], [true, away, new Map([[3, 1]])])
  assert.equal(queue.bytes, 0)
})

test('what is on its way outlives the end of the others', async () => {
  const { queue, add, send } = queueOf(1_000)
  const [early, late] = [new Origin(), new Origin()]
  add(early, 'a')
  send()
  add(late, 'b', 'c')
  queue.failWaiting(away)
  assert.deepEqual([late.takeFailure(), late.takeFailure(), late.failedIn.get(3)], [away, undefined, 2])
  assert.equal(await isSettled(early), false)
  queue.written()
  assert.equal(await isSettled(early), true)
  assert.equal(early.failure, undefined)
})
