import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PartitionQueue } from '../../../../kafka/consumer/partition-queue.ts'
import { crc32c } from '../../../../kafka/records/crc32c.ts'
import type { LogRecord } from '../../../../kafka/records/record.ts'
import { type BatchedRecord, recordBatch } from '../../../harness/record-batch.ts'
import { copyOf } from '../../../harness/records.ts'

const lastOffsetDeltaAt = 23
const checksumAt = 17
const attributesAt = 21
const maxTimestampAt = 35

function plain(count: number, timestamp = 1_700_000_000_000): BatchedRecord[] {
  return Array.from({ length: count }, (_, i) => ({
    key: Buffer.from(`k${i}`),
    value: Buffer.from(`v${i}`),
    timestamp: timestamp + i,
    headers: [],
  }))
}

function drain(queue: PartitionQueue): LogRecord[] {
  const records: LogRecord[] = []
  for (let record = queue.peek(); record !== undefined; record = queue.peek()) {
    records.push(copyOf(record))
    queue.take()
  }
  return records
}

const fetched = (records: Buffer) => ({ records, abortedTransactions: [] })

function queueOf(bytes: Buffer, offset = 0): PartitionQueue {
  const queue = new PartitionQueue('t', 0, offset)
  queue.add(fetched(bytes))
  return queue
}

const bytes = fc.uint8Array({ maxLength: 200 }).map((array) => Buffer.from(array))
const aRecord = fc.record(
  {
    key: fc.option(bytes),
    value: fc.option(bytes),
    // The other client's encoder is wrong for larger differences.
    timestamp: fc.integer({ min: 1.7e12, max: 1.7e12 + 2 ** 30 }),
    headers: fc.array(fc.tuple(fc.string(), bytes), { maxLength: 5 }),
  },
  { noNullPrototype: true },
)

test('reads records as they were written: null and empty values differ, headers are repeated and in order', () => {
  const offset = fc.oneof(fc.nat(), fc.integer({ min: 2 ** 31, max: 2 ** 52 }))
  fc.assert(
    fc.property(fc.array(aRecord, { minLength: 1, maxLength: 20 }), offset, (records, baseOffset) => {
      const read = drain(queueOf(recordBatch(records, { baseOffset }), baseOffset))
      const wanted = records.map((record, i) => ({
        ...record,
        offset: baseOffset + i,
        timestampType: 'CREATE_TIME',
      }))
      assert.deepEqual(read, wanted)
    }),
  )
})

for (const codec of ['none', 'gzip', 'snappy'] as const) {
  test(`reads a batch that is compressed with ${codec}`, () => {
    const records = plain(500)
    const read = drain(queueOf(recordBatch(records, { codec })))
    assert.deepEqual(
      read.map(({ value }) => String(value)),
      records.map(({ value }) => String(value)),
    )
  })
}

test('reports the log append time as the time of each record', () => {
  const batch = recordBatch(plain(2))
  batch.writeInt16BE(batch.readInt16BE(attributesAt) | 0b1000, attributesAt)
  batch.writeBigInt64BE(1_800_000_000_000n, maxTimestampAt)
  const read = drain(queueOf(batch)).map(({ timestamp, timestampType }) => [timestamp, timestampType])
  assert.deepEqual(read, Array(2).fill([1_800_000_000_000, 'LOG_APPEND_TIME']))
})

test('reads timestamps that are centuries apart', () => {
  for (const delta of [0, 1, -1, 2 ** 31, -(2 ** 31), 2 ** 43 + 1, -(2 ** 43)]) {
    // length, attributes, time, offset, no key, no value, no headers
    const record = Buffer.from([0, 0, ...varint(delta), 0, 1, 1, 0])
    const batch = Buffer.concat([recordBatch(plain(1, 2 ** 44)).subarray(0, 61), record])
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

test('skips transaction markers and moves past them', () => {
  const marker = recordBatch(plain(1), { baseOffset: 2 })
  marker.writeInt16BE(0b110000, attributesAt)
  const queue = queueOf(Buffer.concat([recordBatch(plain(2)), marker]))
  assert.equal(drain(queue).length, 2)
  assert.equal(queue.position, 3)
  assert.equal(queue.fetchOffset, 3)
})

test('moves past records that compaction has removed', () => {
  const batch = recordBatch(plain(2))
  batch.writeInt32BE(9, lastOffsetDeltaAt)
  const queue = queueOf(batch)
  assert.equal(drain(queue).length, 2)
  assert.equal(queue.position, 10)
})

test('skips the records of a batch before the fetch offset', () => {
  const queue = queueOf(recordBatch(plain(10), { baseOffset: 100 }), 107)
  assert.deepEqual(
    drain(queue).map(({ offset }) => offset),
    [107, 108, 109],
  )
})

test('fetches a batch again that was cut off', () => {
  const [first, second] = [recordBatch(plain(3)), recordBatch(plain(3), { baseOffset: 3 })]
  for (const cut of [1, 16, 60, second.length - 1]) {
    const queue = queueOf(Buffer.concat([first, second.subarray(0, cut)]))
    assert.equal(drain(queue).length, 3)
    assert.equal(queue.fetchOffset, 3)
    queue.add(fetched(second))
    assert.equal(drain(queue).length, 3)
  }
})

test('peek does not move past a record', () => {
  const queue = queueOf(recordBatch(plain(2)))
  assert.equal(queue.peek()?.offset, 0)
  assert.equal(queue.peek()?.offset, 0)
  assert.equal(queue.position, 0)
  queue.take()
  assert.equal(queue.position, 1)
})

test('seek drops buffered records', () => {
  const queue = queueOf(recordBatch(plain(5)))
  queue.peek()
  queue.seek(40)
  assert.deepEqual(
    [queue.peek(), queue.position, queue.fetchOffset, queue.bufferedBytes],
    [undefined, 40, 40, 0],
  )
})

test('does not move past records that cannot be read', () => {
  const batch = recordBatch(plain(5))
  batch.writeInt16BE(0b111, attributesAt)
  batch.writeUInt32BE(crc32c(batch, attributesAt), checksumAt)
  const queue = queueOf(
    Buffer.concat(
      [recordBatch(plain(1)), Buffer.from(batch)].map((part, i) => {
        part.writeBigInt64BE(BigInt(i), 0)
        return part
      }),
    ),
  )
  assert.equal(queue.peek()?.offset, 0)
  queue.take()
  for (let i = 0; i < 2; i++) assert.throws(() => queue.peek(), /t\[0\] at offset 1 cannot be read: codec 7/)
  assert.equal(queue.position, 1)
})

test('does not read past a batch that has fewer records than its header declares', () => {
  const batch = recordBatch(plain(3))
  batch.writeInt32BE(4, 57)
  const queue = queueOf(batch)
  for (let i = 0; i < 3; i++) {
    queue.peek()
    queue.take()
  }
  for (let i = 0; i < 2; i++)
    assert.throws(() => queue.peek(), /t\[0\] at offset 0 cannot be read: it ends before its 4 records do/)
  assert.equal(queue.position, 3)
})

test('rejects formats before Kafka 0.11', () => {
  const batch = recordBatch(plain(1))
  batch[16] = 1
  assert.throws(() => queueOf(batch), /t\[0\] at offset 0 cannot be read: it has format 1/)
})

test('rejects a message of an old format that is shorter than the header of format 2', () => {
  const message = Buffer.alloc(34)
  message.writeInt32BE(message.length - 12, 8)
  message[16] = 1
  assert.throws(() => queueOf(message), /t\[0\] at offset 0 cannot be read: it has format 1/)
})

test('queues the batches before one that cannot be read', () => {
  const damaged = recordBatch(plain(1), { baseOffset: 2 })
  damaged[16] = 1
  const queue = new PartitionQueue('t', 0, 0)
  const bytes = Buffer.concat([recordBatch(plain(2)), damaged])
  assert.throws(() => queue.add(fetched(bytes)), /t\[0\] at offset 2 cannot be read: it has format 1/)
  assert.equal(drain(queue).length, 2)
  assert.equal(queue.fetchOffset, 2)
})
