import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readBatches } from '../../../../kafka/records/batch-reader.ts'
import {
  headersField,
  keyField,
  keyOf,
  noHeaders,
  RecordBatchWriter,
} from '../../../../kafka/records/batch-writer.ts'
import { crc32c } from '../../../../kafka/records/crc32c.ts'
import { recordsIn } from '../../../harness/records.ts'

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

test('a reader finds the added records in a sealed batch, for every initial memory size', () => {
  fc.assert(
    fc.property(fc.array(record, { minLength: 1, maxLength: 200 }), fc.nat(400), (records, memory) => {
      const batch = new RecordBatchWriter(Buffer.alloc(memory), 1_700_000_000_000)
      for (const each of records) batch.add(asBatched(each))
      assert.equal(batch.count, records.length)
      const sealed = batch.sealed({ id: 2n ** 40n, epoch: 7 }, 123)
      assert.equal(sealed.length, batch.bytes)
      const [read, ...others] = [...readBatches(sealed, 't[0]')]
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

test('records() returns the added records', () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 200 }), (records) => {
      const batch = new RecordBatchWriter(Buffer.alloc(0), 0)
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

/** Positions of the fields: Kafka documentation, "Record Batch". */
test('the header has the sequence, the producer and the checksum of the rest', () => {
  const batch = new RecordBatchWriter(Buffer.alloc(0), 1)
  batch.add({ key: keyField(Buffer.from('book')), value: Buffer.from('line'), headers: noHeaders })
  const sealed = Buffer.from(batch.sealed({ id: 5n, epoch: 6 }, 2 ** 31 - 1))
  assert.equal(sealed.readInt32BE(8), sealed.length - 12)
  assert.equal(sealed.readUInt32BE(17), crc32c(sealed.subarray(21)))
  assert.deepEqual(
    [sealed.readBigInt64BE(43), sealed.readInt16BE(51), sealed.readInt32BE(53), sealed.readInt32BE(57)],
    [5n, 6, 2 ** 31 - 1, 1],
  )
  assert.deepEqual(
    batch.sealed({ id: 5n, epoch: 6 }, 2 ** 31 - 1),
    sealed,
    'sealing again gives the same bytes',
  )
})
