import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeEvent, encodeRecord, type KafkaEvent, type RawRecord } from '../../../lib/kafka-event.ts'
import { RecordsJson } from '../../../lib/records-json.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))
const offset = fc.oneof(fc.nat(), fc.maxSafeNat())

const aRecord: fc.Arbitrary<RawRecord> = fc.record({
  offset,
  timestamp: fc.oneof(fc.constant(-1), offset),
  timestampType: fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'),
  key: fc.option(bytes(30)),
  value: fc.option(fc.oneof(bytes(10), bytes(600))),
  headers: fc.array(fc.tuple(fc.string({ unit: 'binary' }), bytes(20)), { maxLength: 4 }),
})

/** What Lambda documents, written the obvious way. */
const documented = (topic: string, partition: number, record: RawRecord) => ({
  topic,
  partition,
  offset: record.offset,
  timestamp: record.timestamp,
  timestampType: record.timestampType,
  ...(record.key && { key: record.key.toString('base64') }),
  ...(record.value && { value: record.value.toString('base64') }),
  headers: record.headers.map(([name, value]) => ({ [name]: [...value] })),
})

test('a record encodes to what Lambda documents', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(9_999), aRecord, (topic, partition, record) => {
      const wanted = documented(topic, partition, record)
      assert.equal(encodeRecord(topic, partition, record), JSON.stringify(wanted))
    }),
  )
})

/** Some of which have their key in the memory of the one before. */
const neighbours = fc.array(fc.tuple(aRecord, fc.boolean()), { maxLength: 12 }).map((drawn) => {
  const records: RawRecord[] = []
  for (const [record, sharesKey] of drawn) {
    const { key } = (sharesKey && records.at(-1)) || record
    records.push({ ...record, key })
  }
  return records
})

test('any cut of many records is those records, also when others were removed between them', () => {
  fc.assert(
    fc.property(
      neighbours,
      fc.array(aRecord, { maxLength: 12 }),
      fc.nat(12),
      fc.nat(12),
      (records, others, a, b) => {
        const json = new RecordsJson('t', 1, 16)
        for (const [i, record] of records.entries()) {
          json.append(record)
          json.append(others[i] ?? record)
          json.removeLast()
        }
        const [first, end] = [Math.min(a, b, records.length), Math.min(Math.max(a, b), records.length)]
        const wanted = records.slice(first, end).map((record) => documented('t', 1, record))
        assert.equal(`[${json.slice(first, end)}]`, JSON.stringify(wanted))
        assert.equal(json.slice().length, json.length)
      },
    ),
  )
})

test('an event is what AWS delivers, with an ARN only for MSK', () => {
  const record: RawRecord = {
    offset: 15,
    timestamp: 1545084650987,
    timestampType: 'CREATE_TIME',
    key: Buffer.from('key'),
    value: null,
    headers: [
      ['headerKey', Buffer.from('head')],
      ['headerKey', Buffer.from('')],
    ],
  }
  const records = new Map([['mytopic-0', [encodeRecord('mytopic', 0, record)]]])
  const wanted: KafkaEvent = {
    eventSource: 'SelfManagedKafka',
    bootstrapServers: 'b-2.x:9092,b-1.x:9092',
    records: {
      'mytopic-0': [
        {
          topic: 'mytopic',
          partition: 0,
          offset: 15,
          timestamp: 1545084650987,
          timestampType: 'CREATE_TIME',
          key: 'a2V5',
          headers: [{ headerKey: [104, 101, 97, 100] }, { headerKey: [] }],
        },
      ],
    },
  }
  const bootstrapServers = wanted.bootstrapServers
  const selfManaged = encodeEvent({ eventSource: 'SelfManagedKafka', bootstrapServers }, records)
  assert.deepEqual(JSON.parse(selfManaged), wanted)
  const eventSourceArn = 'arn:aws:kafka:us-east-1:123456789012:cluster/demo/uuid'
  const msk = encodeEvent({ eventSource: 'aws:kafka', eventSourceArn, bootstrapServers }, records)
  assert.deepEqual(JSON.parse(msk), { ...wanted, eventSource: 'aws:kafka', eventSourceArn })
})
