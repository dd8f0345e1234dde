import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { LogRecord } from '../../../kafka/records/record.ts'
import { type EventCursor, readEvent } from '../../../lambda/event-cursor.ts'
import { encodeEvent, encodeRecord, type KafkaEvent } from '../../../lambda/kafka-event.ts'
import { lazyKafkaEvent, parseKafkaEventsLazily } from '../../../lambda/lazy-json.ts'
import { unpackEvent } from '../../../lambda/packed-event.ts'
import { PackedRecords } from '../../../lambda/packed-records.ts'
import { inMemory } from '../../harness/records.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))
const key = fc.oneof(
  bytes(30),
  fc.constantFrom('a', 'b', '').map((text) => Buffer.from(text)),
)
const name = fc.oneof(fc.constantFrom('line', 'lin', 'lines'), fc.string({ unit: 'binary' }))
const aRecord: fc.Arbitrary<LogRecord> = fc.record({
  offset: fc.oneof(fc.nat(), fc.maxSafeNat()),
  timestamp: fc.oneof(fc.constant(-1), fc.nat()),
  timestampType: fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'),
  key: fc.option(key),
  value: fc.option(bytes(100)),
  headers: fc.array(fc.tuple(name, bytes(20)), { maxLength: 3 }),
})
const lists = fc
  .array(fc.array(aRecord, { maxLength: 8 }), { maxLength: 4 })
  .map((lists) => lists.map((records, partition) => ({ partition, records })))
const source = { eventSource: 'aws:kafka', bootstrapServers: 'b:1' } as const
const topic = 'me.books'

function jsonOf(
  drawn: readonly { readonly partition: number; readonly records: readonly LogRecord[] }[],
): string {
  const encoded = drawn.map(
    ({ partition, records }) =>
      [`${topic}-${partition}`, records.map((record) => encodeRecord(topic, partition, record))] as const,
  )
  return encodeEvent(source, new Map(encoded))
}

/** Returns all values of a cursor, by list. */
function contentOf(cursor: EventCursor): unknown[] {
  const content: unknown[] = []
  while (cursor.nextList()) {
    const records: unknown[] = []
    while (cursor.next()) {
      const { topic, partition, offset, timestamp, key, isNull, header } = cursor
      records.push({ topic, partition, offset, timestamp, key, isNull, header: header && Array.from(header) })
    }
    content.push(records)
  }
  return content
}

/** Whether the cursor of the event reads its encoded form, and does not fall back to its objects. */
function readsEncoded(event: KafkaEvent): boolean {
  let reads = 0
  readEvent(event, 'line', (cursor) => {
    reads++
    contentOf(cursor)
  })
  return reads === 1 && Object.getOwnPropertyDescriptor(event, 'records')?.get !== undefined
}

describe('a lazy event', () => {
  test('equals the parsed JSON, and its cursor reads the same records as from objects', () => {
    fc.assert(
      fc.property(lists, (drawn) => {
        const json = jsonOf(drawn)
        const plain = JSON.parse(json) as KafkaEvent
        const wanted = readEvent(plain, 'line', contentOf)
        const lazy = lazyKafkaEvent(json)!
        assert.deepEqual(readEvent(lazy, 'line', contentOf), wanted)
        assert.deepEqual(lazy, plain)
        assert.equal(JSON.stringify(lazyKafkaEvent(json)), json)
        assert.deepEqual({ ...lazyKafkaEvent(json) }, plain)
      }),
      { numRuns: 500 },
    )
  })

  test('of packed records equals the parsed JSON, and its cursor reads the same records', () => {
    fc.assert(
      fc.property(lists, (drawn) => {
        const plain = JSON.parse(jsonOf(drawn)) as KafkaEvent
        const packed = drawn.map(({ records }) => {
          const packing = new PackedRecords()
          for (const record of records) packing.append(inMemory(record))
          return Buffer.concat(packing.slice())
        })
        const partitions = drawn.map(({ partition }, i) => ({ partition, bytes: packed[i]!.length }))
        const event = () => unpackEvent({ source, topic, partitions }, Buffer.concat(packed))
        assert.ok(readsEncoded(event()))
        assert.deepEqual(readEvent(event(), 'line', contentOf), readEvent(plain, 'line', contentOf))
        assert.deepEqual(event(), plain)
      }),
      { numRuns: 500 },
    )
  })

  const record = {
    ...{
      offset: 7,
      timestamp: 1,
      timestampType: 'CREATE_TIME',
      key: Buffer.from('a'),
      value: Buffer.from('b'),
    },
    headers: [['line', Buffer.from('x')]],
  } as const satisfies LogRecord
  const usual = jsonOf([{ partition: 0, records: [record, { ...record, offset: 8 }] }])

  test('reads the encoded form of an event as Lambda sends it', () => {
    assert.ok(readsEncoded(lazyKafkaEvent(usual)!))
  })

  for (const [what, json] of [
    ['another order of fields', usual.replace('"offset":8,"timestamp":1', '"timestamp":1,"offset":8')],
    ['an unknown field', usual.replace('"headers"', '"more":1,"headers"')],
    ['white space', usual.replace('"offset":8', '"offset": 8')],
    ['an escape', usual.replace('"line"', '"l\\u0069ne"')],
    ['characters beyond ASCII', usual.replace('"line"', '"l\u0131ne"')],
    ['a fraction', usual.replace('"offset":8', '"offset":8.5')],
    ['a long number', usual.replace('"offset":8', '"offset":1234567890123456789')],
  ] as const) {
    test(`reads objects of an event with ${what}`, () => {
      assert.notEqual(json, usual)
      const event = lazyKafkaEvent(json)!
      const wanted = readEvent(JSON.parse(json) as KafkaEvent, 'line', contentOf)
      assert.deepEqual(readEvent(event, 'line', contentOf), wanted)
      assert.equal(Object.getOwnPropertyDescriptor(event, 'records')?.get, undefined)
    })
  }

  test('has its records when it is frozen or sealed before they were used', () => {
    for (const protect of [Object.freeze, Object.seal, Object.preventExtensions]) {
      const event = protect(lazyKafkaEvent(usual)!)
      assert.equal(event.records, event.records)
      assert.deepEqual(event, JSON.parse(usual))
    }
  })

  test('takes other records before its own were used, and reads them', () => {
    const event = lazyKafkaEvent(usual)!
    Object.assign(event, { records: { 'other-0': [] } })
    assert.deepEqual(event.records, { 'other-0': [] })
    assert.deepEqual(readEvent(event, 'line', contentOf), [[]])
  })

  test('reads its objects once they were used, since they may be changed', () => {
    const event = lazyKafkaEvent(usual)!
    ;(event.records[`${topic}-0`] as unknown[]).pop()
    const offsets = readEvent(event, 'line', (cursor) =>
      (contentOf(cursor)[0] as { offset: number }[]).map((r) => r.offset),
    )
    assert.deepEqual(offsets, [7])
  })
})

test('JSON.parse of a large Kafka event is lazy, and of any other text as before', (t) => {
  const { parse } = JSON
  t.after(() => {
    JSON.parse = parse
  })
  parseKafkaEventsLazily()
  const records = Array.from({ length: 100 }, (_, offset) => ({
    ...{ offset, timestamp: 1, timestampType: 'CREATE_TIME' as const, key: null, value: Buffer.alloc(100) },
    headers: [],
  }))
  const json = jsonOf([{ partition: 0, records }])
  assert.ok(readsEncoded(JSON.parse(json)))
  assert.deepEqual(JSON.parse(json), parse(json))
  assert.equal(JSON.parse('[1]', (_, value) => (value === 1 ? 2 : value))[0], 2)
  const nested = `{"eventSource":"x","a":{"records":{"t":[${'1,'.repeat(10_000)}1]}}`
  assert.throws(() => JSON.parse(nested), SyntaxError)
  assert.deepEqual(JSON.parse(`${nested}}`), parse(`${nested}}`))
})
