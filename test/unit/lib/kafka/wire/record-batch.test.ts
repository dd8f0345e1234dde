import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc32c } from '../../../../../lib/kafka/wire/crc32c.ts'
import {
  headersField,
  keyField,
  keyOf,
  noHeaders,
  RecordBatch,
} from '../../../../../lib/kafka/wire/record-batch.ts'
import { readBatches } from '../../../../../local/kafka-event-source/kafka/record-batches.ts'
import { recordsIn } from '../../../../harness/records.ts'

const bytes = fc.uint8Array({ maxLength: 300 }).map((array) => Buffer.from(array))
const few = fc.constantFrom('book', 'boot', 'book 2')
const record = fc.record({
  key: fc.option(
    fc.oneof(
      bytes,
      few.map((name) => Buffer.from(name)),
    ),
  ),
  value: fc.option(bytes),
  headers: fc.array(fc.tuple(fc.oneof(fc.string(), few), bytes), { maxLength: 3 }),
})

type Drawn = typeof record extends fc.Arbitrary<infer T> ? T : never

const asBatched = ({ key, value, headers }: Drawn) => ({
  key: keyField(key),
  value,
  headers: headersField(headers),
})

test('the event source reads from a batch what was added, however little memory there was', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 200 }), fc.nat(400), (records, memory) => {
      const batch = new RecordBatch(Buffer.alloc(memory), 1_700_000_000_000)
      for (const each of records) batch.add(asBatched(each))
      assert.equal(batch.count, records.length)
      const sealed = batch.sealed({ id: 2n ** 40n, epoch: 7 }, 123)
      assert.equal(sealed.length, batch.bytes)
      const [read, ...others] = [...readBatches(sealed)]
      assert.equal(others.length, 0)
      const { producerId, isTransactional, lastOffset } = read!
      assert.deepEqual([producerId, isTransactional, lastOffset], [2 ** 40, false, records.length - 1])
      const [timestamp, timestampType] = [1_700_000_000_000, 'CREATE_TIME']
      const wanted = records.map(({ key, value, headers }, offset) => ({
        ...{ offset, timestamp, timestampType, key, value, headers },
      }))
      assert.deepEqual(recordsIn(sealed), wanted)
    }),
  )
})

test('its records come back as they were added', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 200 }), (records) => {
      const batch = new RecordBatch(Buffer.alloc(0), 0)
      for (const each of records) batch.add(asBatched(each))
      const found = [...batch.records()].map(({ key, value, headers }) => ({
        key: keyOf(key),
        value,
        headers,
      }))
      assert.deepEqual(
        found,
        records.map(({ key, value, headers }) => ({ key, value, headers: headersField(headers) })),
      )
    }),
  )
})

/** Where the format has them (Kafka documentation, "Record Batch"). */
test('its head has the sequence, the producer and a checksum of all that follows it', () => {
  const batch = new RecordBatch(Buffer.alloc(0), 1)
  batch.add({ key: keyField(Buffer.from('book')), value: Buffer.from('line'), headers: noHeaders })
  const sealed = Buffer.from(batch.sealed({ id: 5n, epoch: 6 }, 2 ** 31 - 1))
  assert.equal(sealed.readInt32BE(8), sealed.length - 12)
  assert.equal(sealed.readUInt32BE(17), crc32c(sealed.subarray(21)))
  assert.deepEqual(
    [sealed.readBigInt64BE(43), sealed.readInt16BE(51), sealed.readInt32BE(53), sealed.readInt32BE(57)],
    [5n, 6, 2 ** 31 - 1, 1],
  )
  assert.deepEqual(batch.sealed({ id: 5n, epoch: 6 }, 2 ** 31 - 1), sealed, 'the same when it is sent again')
})
