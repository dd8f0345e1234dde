import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeRecord, type KafkaEventRecord } from '../../../lambda/kafka-event.ts'

test('writes the bytes of a header as signed numbers, as AWS does', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (array) => {
      const value = Buffer.from(array)
      const record = {
        offset: 0,
        timestamp: 0,
        timestampType: 'CREATE_TIME',
        key: null,
        value: null,
      } as const
      const json = encodeRecord('t', 0, { ...record, headers: [['name', value]] })
      const { headers } = JSON.parse(json) as KafkaEventRecord
      const bytes = headers[0]!.name!
      assert.ok(bytes.every((byte) => byte >= -128 && byte <= 127))
      assert.deepEqual(Buffer.from(bytes), value)
    }),
  )
})
