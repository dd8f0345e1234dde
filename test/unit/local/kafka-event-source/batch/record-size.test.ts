import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { RecordSizes } from '../../../../../local/kafka-event-source/batch/record-size.ts'
import { inMemory } from '../../../../harness/records.ts'

const bytes = fc.uint8Array({ maxLength: 40 }).map((array) => Buffer.from(array))
const field = fc.option(bytes, { nil: null })
const name = fc.oneof(fc.string({ unit: 'binary', maxLength: 8 }), fc.constant('\u0001\u0002"\\'))
const aRecord = fc.record({
  offset: fc.maxSafeNat(),
  timestamp: fc.oneof(fc.constant(-1), fc.maxSafeNat()),
  timestampType: fc.constantFrom('CREATE_TIME' as const, 'LOG_APPEND_TIME' as const),
  key: field,
  value: field,
  headers: fc.array(fc.tuple(name, bytes), { maxLength: 4 }),
})

test('the limit of a record’s size is never below its size', () => {
  const sizes = new RecordSizes('me.lines')
  fc.assert(
    fc.property(aRecord, fc.nat(2 ** 31 - 1), (record, partition) => {
      const stored = inMemory(record)
      assert.ok(sizes.atMost(stored) >= sizes.of(partition, stored))
    }),
  )
})
