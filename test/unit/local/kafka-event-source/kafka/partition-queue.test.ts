import assert from 'node:assert/strict'
import { test } from 'node:test'
import { createRecordsBatch } from '@platformatic/kafka'
import fc from 'fast-check'
import type { RawRecord } from '../../../../../lib/kafka-event.ts'
import { PartitionQueue } from '../../../../../local/kafka-event-source/kafka/partition-queue.ts'
import { copyOf } from '../../../../harness/records.ts'

type Given = {
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly timestamp: number
  readonly headers: readonly (readonly [string, Buffer])[]
}

const baseOffsetAt = 0
const lastOffsetDeltaAt = 23
const attributesAt = 21
const maxTimestampAt = 35

/** A batch as a broker stores it, made by the client's encoder. */
function batchOf(
  records: readonly Given[],
  { baseOffset = 0, compression = 'none' }: { baseOffset?: number; compression?: string } = {},
): Buffer {
  const messages = records.map(({ key, value, timestamp, headers }) => ({
    topic: 't',
    partition: 0,
    key: key as Buffer,
    value: value as Buffer,
    timestamp: BigInt(timestamp),
    headers: new Map(headers.map(([name, bytes]) => [Buffer.from(name), bytes])),
  }))
  const bytes = Buffer.from(createRecordsBatch(messages, { compression } as never).buffer)
  bytes.writeBigInt64BE(BigInt(baseOffset), baseOffsetAt)
  return bytes
}

function plain(count: number, timestamp = 1_700_000_000_000): Given[] {
  return Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(`k${i}`),
    value: Buffer.from(`v${i}`),
    timestamp: timestamp + i,
    headers: [],
  }))
}

function drain(queue: PartitionQueue): RawRecord[] {
  const records: RawRecord[] = []
  for (let record = queue.peek(); record !== undefined; record = queue.peek()) {
    records.push(copyOf(record))
    queue.take()
  }
  return records
}

function queueOf(bytes: Buffer, offset = 0): PartitionQueue {
  const queue = new PartitionQueue(0, offset)
  queue.add(bytes)
  return queue
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
const aRecord = fc.record(
  {
    key: fc.option(bytes),
    value: fc.option(bytes),
    // The client's encoder is wrong for times further apart.
    timestamp: fc.integer({ min: 1.7e12, max: 1.7e12 + 2 ** 30 }),
    headers: fc.array(fc.tuple(fc.string(), bytes), { maxLength: 5 }),
  },
  { noNullPrototype: true },
)

test('records come out as they were written: null and empty apart, headers repeated and in order', () => {
  const offset = fc.oneof(fc.nat(), fc.integer({ min: 2 ** 31, max: 2 ** 52 }))
  fc.assert(
    fc.property(fc.array(aRecord, { minLength: 1, maxLength: 20 }), offset, (records, baseOffset) => {
      const read = drain(queueOf(batchOf(records, { baseOffset }), baseOffset))
      const wanted = records.map((record, i) => ({
        ...record,
        offset: baseOffset + i,
        timestampType: 'CREATE_TIME',
      }))
      assert.deepEqual(read, wanted)
    }),
  )
})

for (const compression of [
  'gzip',
  'snappy',
  'lz4',
  ...('zstdCompressSync' in (await import('node:zlib')) ? ['zstd'] : []),
]) {
  test(`a batch compressed with ${compression} is read like any other`, () => {
    const records = plain(500)
    const read = drain(queueOf(batchOf(records, { compression })))
    assert.deepEqual(
      read.map(({ key, value }) => [key, value]),
      records.map(({ key, value }) => [key, value]),
    )
  })
}

test('a time that the broker set is the time of every record, and said to be so', () => {
  const batch = batchOf(plain(2))
  batch.writeInt16BE(batch.readInt16BE(attributesAt) | 0b1000, attributesAt)
  batch.writeBigInt64BE(1_800_000_000_000n, maxTimestampAt)
  const read = drain(queueOf(batch)).map(({ timestamp, timestampType }) => [timestamp, timestampType])
  assert.deepEqual(read, Array(2).fill([1_800_000_000_000, 'LOG_APPEND_TIME']))
})

test('times may be centuries apart, in either direction', () => {
  for (const delta of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 43 + 1, -(2 ** 43)]) {
    // length, attributes, time, offset, no key, no value, no headers
    const record = Buffer.from([0, 0, ...varint(delta), 0, 1, 1, 0])
    const batch = Buffer.concat([batchOf(plain(1, 2 ** 44)).subarray(0, 61), record])
    batch.writeInt32BE(batch.length - 12, 8)
    assert.equal(drain(queueOf(batch))[0]!.timestamp, 2 ** 44 + delta)
  }
})

/** Zig-zag, seven bits a byte, the lowest first (Kafka documentation, "Record"). */
function varint(value: number): number[] {
  const bytes: number[] = []
  let rest = value < 0 ? -2 * value - 1 : 2 * value
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) + 0x80)
  return [...bytes, rest]
}

test('transaction markers are no records, but reading goes on after them', () => {
  const marker = batchOf(plain(1), { baseOffset: 2 })
  marker.writeInt16BE(0b110000, attributesAt)
  const queue = queueOf(Buffer.concat([batchOf(plain(2)), marker]))
  assert.equal(drain(queue).length, 2)
  assert.equal(queue.position, 3)
  assert.equal(queue.fetchOffset, 3)
})

test('where compaction has removed the last records, reading goes on after them', () => {
  const batch = batchOf(plain(2))
  batch.writeInt32BE(9, lastOffsetDeltaAt)
  const queue = queueOf(batch)
  assert.equal(drain(queue).length, 2)
  assert.equal(queue.position, 10)
})

test('a batch that begins before the offset asked for gives only what is after it', () => {
  const queue = queueOf(batchOf(plain(10), { baseOffset: 100 }), 107)
  assert.deepEqual(
    drain(queue).map(({ offset }) => offset),
    [107, 108, 109],
  )
})

test('a batch that was cut off is fetched again', () => {
  const [first, second] = [batchOf(plain(3)), batchOf(plain(3), { baseOffset: 3 })]
  for (const cut of [1, 16, 60, second.length - 1]) {
    const queue = queueOf(Buffer.concat([first, second.subarray(0, cut)]))
    assert.equal(drain(queue).length, 3)
    assert.equal(queue.fetchOffset, 3)
    queue.add(second)
    assert.equal(drain(queue).length, 3)
  }
})

test('what is peeked at but not taken is still ahead', () => {
  const queue = queueOf(batchOf(plain(2)))
  assert.equal(queue.peek()?.offset, 0)
  assert.equal(queue.peek()?.offset, 0)
  assert.equal(queue.position, 0)
  queue.take()
  assert.equal(queue.position, 1)
})

test('seeking drops what waits', () => {
  const queue = queueOf(batchOf(plain(5)))
  queue.peek()
  queue.seek(40)
  assert.deepEqual(
    [queue.peek(), queue.position, queue.fetchOffset, queue.bufferedBytes],
    [undefined, 40, 40, 0],
  )
})

test('records that cannot be read stay where they are', () => {
  const batch = batchOf(plain(5))
  batch.writeInt16BE(0b111, attributesAt)
  const queue = queueOf(
    Buffer.concat(
      [batchOf(plain(1)), Buffer.from(batch)].map((part, i) => {
        part.writeBigInt64BE(BigInt(i), baseOffsetAt)
        return part
      }),
    ),
  )
  assert.equal(queue.peek()?.offset, 0)
  queue.take()
  for (let i = 0; i < 2; i++) assert.throws(() => queue.peek(), /compressed with codec 7/)
  assert.equal(queue.position, 1)
})

test('a batch that has fewer records than it says is not read past', () => {
  const batch = batchOf(plain(3))
  batch.writeInt32BE(4, 57)
  const queue = queueOf(batch)
  for (let i = 0; i < 3; i++) {
    queue.peek()
    queue.take()
  }
  for (let i = 0; i < 2; i++) assert.throws(() => queue.peek(), /at offset 0 ends before its 4 records do/)
  assert.equal(queue.position, 3)
})

test('formats before Kafka 0.11 are refused', () => {
  const batch = batchOf(plain(1))
  batch[16] = 1
  assert.throws(() => queueOf(batch), /has format 1/)
})
