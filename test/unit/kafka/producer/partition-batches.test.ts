import assert from 'node:assert/strict'
import { test } from 'node:test'
import { BatchMemory } from '../../../../kafka/producer/batch-memory.ts'
import { DeliveryTracker } from '../../../../kafka/producer/delivery-tracker.ts'
import { PartitionBatches } from '../../../../kafka/producer/partition-batches.ts'
import { keyField, noHeaders } from '../../../../kafka/records/batch-writer.ts'
import { AppError } from '../../../../lib/errors.ts'
import { recordsIn } from '../../../harness/records.ts'

const producer = { id: 1n, epoch: 0 }
const unavailable = new AppError('KAFKA_UNAVAILABLE', 'unavailable', { retryable: true })
const headBytes = 61
const baseSequenceAt = 53

function queueOf(batchBytes: number) {
  const queue = new PartitionBatches(3, 0, new BatchMemory(batchBytes))
  return {
    queue,
    add: (tracker: DeliveryTracker, ...values: string[]) => {
      for (const value of values) {
        queue.add(tracker, { key: keyField(null), value: Buffer.from(value), headers: noHeaders })
      }
    },
    /** The first sequence number and the values of the batch that is sent. */
    send: () => {
      const sealed = queue.send(producer)
      return [sealed.readInt32BE(baseSequenceAt), ...recordsIn(sealed).map(({ value }) => String(value))]
    },
  }
}

const isDelivered = async (tracker: DeliveryTracker) =>
  await Promise.race([tracker.delivered().then(() => true), new Promise((r) => setImmediate(r, false))])

test('adds records to the next batch while one is in flight', async () => {
  const { queue, add, send } = queueOf(1_000)
  const tracker = new DeliveryTracker()
  add(tracker, 'a', 'b')
  assert.deepEqual(send(), [0, 'a', 'b'])
  add(tracker, 'c')
  assert.equal(queue.isWaiting, false)
  queue.written()
  assert.equal(queue.isWaiting, true)
  assert.deepEqual(send(), [2, 'c'])
  assert.equal(await isDelivered(tracker), false)
  queue.written()
  assert.equal(await isDelivered(tracker), true)
  assert.equal(queue.bytes, 0)
})

test('sends a batch again with the same sequence number, before newer records', () => {
  const { queue, add, send } = queueOf(1_000)
  add(new DeliveryTracker(), 'a')
  const first = send()
  assert.equal(queue.notWritten(true).mayBeWritten, true)
  add(new DeliveryTracker(), 'b')
  assert.deepEqual(send().slice(0, first.length), first)
  assert.equal(queue.notWritten(false).mayBeWritten, true, 'stays true after a later certain failure')
})

test('adds no records to a batch that may be written', () => {
  const { queue, add, send } = queueOf(1_000)
  add(new DeliveryTracker(), 'a')
  send()
  queue.notWritten(true)
  add(new DeliveryTracker(), 'b')
  assert.deepEqual(send(), [0, 'a'])
  queue.written()
  assert.deepEqual(send(), [1, 'b'])
})

test('limits the size of batches, except for a single larger record', () => {
  const { queue, add, send } = queueOf(headBytes + 100)
  add(new DeliveryTracker(), 'x'.repeat(500), 'y'.repeat(60), 'z'.repeat(60))
  const sizes: number[] = []
  for (; queue.isWaiting; queue.written()) sizes.push(send().length - 1)
  assert.deepEqual(sizes, [1, 1, 1])
})

test('splits a batch that is too large into halves, in order, and tracks each record for its caller', async () => {
  const { queue, add, send } = queueOf(10_000)
  const [one, other] = [new DeliveryTracker(), new DeliveryTracker()]
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
  queue.fail(unavailable)
  assert.deepEqual(send(), [2, 'd', 'e'], 'the sequence number of the failed batch is used again')
  queue.written()
  assert.deepEqual([await isDelivered(one), one.failure], [true, undefined])
  assert.deepEqual(
    [await isDelivered(other), other.failure, other.failedByPartition],
    [true, unavailable, new Map([[3, 1]])],
  )
  assert.equal(queue.bytes, 0)
})

test('fails waiting batches but not the one in flight', async () => {
  const { queue, add, send } = queueOf(1_000)
  const [early, late] = [new DeliveryTracker(), new DeliveryTracker()]
  add(early, 'a')
  send()
  add(late, 'b', 'c')
  queue.failWaiting(unavailable)
  assert.deepEqual(
    [late.takeFailure(), late.takeFailure(), late.failedByPartition.get(3)],
    [unavailable, undefined, 2],
  )
  assert.equal(await isDelivered(early), false)
  queue.written()
  assert.equal(await isDelivered(early), true)
  assert.equal(early.failure, undefined)
})
