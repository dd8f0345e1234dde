import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { headersField, keyField, RecordBatchWriter } from '../../../../kafka/records/batch-writer.ts'
import type { NumberedRecords } from '../../../../kafka/records/numbered-records.ts'

const timestamp = 1_700_000_000_000
const producer = { id: 7n, epoch: 0 }
const mebibyte = 1024 * 1024

type Drawn = {
  readonly key: Buffer | null
  readonly values: readonly Buffer[]
  /** Bytes between two values. */
  readonly gap: number
  readonly number: number
  readonly before: number
}

const bytesUpTo = (maxLength: number) => fc.uint8Array({ maxLength }).map((bytes) => Buffer.from(bytes))
const drawn: fc.Arbitrary<Drawn> = fc.record({
  key: fc.option(bytesUpTo(40)),
  values: fc.oneof(
    fc.array(bytesUpTo(80), { minLength: 1, maxLength: 200 }),
    fc.array(bytesUpTo(9_000), { minLength: 1, maxLength: 5 }),
  ),
  gap: fc.nat(20),
  number: fc.oneof(
    fc.constantFrom(1, 8, 98, 99_990),
    fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER - 1_000 }),
  ),
  before: fc.constantFrom(0, 1, 62, 63, 64, 8_190),
})

const headersOf = (number: number) => headersField([['n', Buffer.from(`edition:${number}`)]])

function numberedOf({ key, values, gap, number }: Drawn): NumberedRecords {
  const ranges = new Int32Array(2 * values.length)
  const parts: Buffer[] = []
  let at = 0
  for (const [i, value] of values.entries()) {
    parts.push(Buffer.alloc(gap, 0xff), value)
    ranges.set([at + gap, at + gap + value.length], 2 * i)
    at += gap + value.length
  }
  return { key: keyField(key), headers: headersOf(number), bytes: Buffer.concat(parts), ranges }
}

function batchWith({ before }: Drawn): RecordBatchWriter {
  const batch = new RecordBatchWriter(Buffer.alloc(0), timestamp)
  for (let i = 0; i < before; i++) batch.add({ key: keyField(null), value: null, headers: headersField([]) })
  return batch
}

test('adds the same bytes as single records, until the number has one more digit', () => {
  fc.assert(
    fc.property(drawn, (drawn) => {
      const numbered = numberedOf(drawn)
      const [batch, wanted] = [batchWith(drawn), batchWith(drawn)]
      const digits = String(drawn.number).length
      const added = batch.addNumbered(numbered, 100 * mebibyte)
      assert.equal(added, Math.min(drawn.values.length, 10 ** digits - drawn.number))
      for (const [i, value] of drawn.values.slice(0, added).entries())
        wanted.add({ key: numbered.key, value, headers: headersOf(drawn.number + i) })
      assert.deepEqual(batch.sealed(producer, 0), wanted.sealed(producer, 0))
    }),
    { numRuns: 1_000 },
  )
})

test('adds records up to the limit, and none beyond it', () => {
  fc.assert(
    fc.property(drawn, fc.nat(20_000), (drawn, room) => {
      const numbered = numberedOf({ ...drawn, number: 10_000 })
      const batch = batchWith(drawn)
      const limit = batch.bytes + room
      const added = batch.addNumbered(numbered, limit)
      assert.ok(batch.bytes <= limit)
      const wanted = batchWith(drawn)
      for (const [i, value] of drawn.values.entries()) {
        wanted.add({ key: numbered.key, value, headers: headersOf(10_000 + i) })
        assert.equal(wanted.bytes <= limit, i < added)
      }
    }),
  )
})

test('adds no record whose value, key or header is larger than its memory', () => {
  const batch = new RecordBatchWriter(Buffer.alloc(0), timestamp)
  const large = { key: null, values: [Buffer.alloc(mebibyte)], gap: 0, number: 1, before: 0 }
  assert.equal(batch.addNumbered(numberedOf(large), 100 * mebibyte), 0)
  const largeKey = { ...large, key: Buffer.alloc(5_000), values: [Buffer.from('a')] }
  assert.equal(batch.addNumbered(numberedOf(largeKey), 100 * mebibyte), 0)
  const afterwards = { ...large, values: [Buffer.from('a'), Buffer.alloc(mebibyte), Buffer.from('b')] }
  assert.equal(batch.addNumbered(numberedOf(afterwards), 100 * mebibyte), 1)
  assert.equal(batch.count, 1)
})

test('adds a header without a number to one record', () => {
  const batch = new RecordBatchWriter(Buffer.alloc(0), timestamp)
  const values = [Buffer.from('a'), Buffer.from('b')]
  const numbered = numberedOf({ key: null, values, gap: 1, number: 1, before: 0 })
  for (const text of ['x', '', ':', '/']) {
    const headers = headersField([['n', Buffer.from(text)]])
    assert.equal(batch.addNumbered({ ...numbered, headers }, mebibyte), 1)
    assert.deepEqual([...batch.records()].at(-1)!.headers, headers)
  }
})
