import assert from 'node:assert/strict'
import { test } from 'node:test'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { RecordReader, readBatches } from '../../../kafka/records/batch-reader.ts'
import { keyField, noHeaders, RecordBatchWriter } from '../../../kafka/records/batch-writer.ts'
import type { LogRecord } from '../../../kafka/records/record.ts'
import { encodeEvent, encodeRecord, type KafkaEvent } from '../../../lambda/kafka-event.ts'
import { packedJson, unpackEvent } from '../../../lambda/packed-event.ts'
import { runHeadBytes } from '../../../lambda/packed-format.ts'
import { PackedRecords } from '../../../lambda/packed-records.ts'
import { copyOf, inMemory } from '../../harness/records.ts'

const bytes = (maxLength: number) => fc.uint8Array({ maxLength }).map((array) => Buffer.from(array))
const offset = fc.oneof(fc.nat(), fc.maxSafeNat())

const aRecord: fc.Arbitrary<LogRecord> = fc.record({
  offset,
  timestamp: fc.oneof(fc.constant(-1), offset),
  timestampType: fc.constantFrom('CREATE_TIME', 'LOG_APPEND_TIME'),
  key: fc.option(bytes(30)),
  value: fc.option(fc.oneof(bytes(10), bytes(600))),
  headers: fc.array(fc.tuple(fc.string({ unit: 'binary' }), bytes(20)), { maxLength: 4 }),
})

/** The event's record as Lambda documents it, by a second implementation. */
const documented = (topic: string, partition: number, record: LogRecord) => ({
  topic,
  partition,
  offset: record.offset,
  timestamp: record.timestamp,
  timestampType: record.timestampType,
  ...(record.key && { key: record.key.toString('base64') }),
  ...(record.value && { value: record.value.toString('base64') }),
  headers: record.headers.map(([name, value]) => ({
    [name]: Array.from(value, (byte) => (byte < 128 ? byte : byte - 256)),
  })),
})

test('a record encodes to the form that Lambda documents', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.nat(9_999), aRecord, (topic, partition, record) => {
      const wanted = documented(topic, partition, record)
      assert.equal(encodeRecord(topic, partition, record), JSON.stringify(wanted))
    }),
  )
})

/** Records; some have the key of the record before. */
const neighbours = fc.array(fc.tuple(aRecord, fc.boolean()), { maxLength: 12 }).map((drawn) => {
  const records: LogRecord[] = []
  for (const [record, sharesKey] of drawn) {
    const { key } = (sharesKey && records.at(-1)) || record
    records.push({ ...record, key })
  }
  return records
})

const source = { eventSource: 'SelfManagedKafka', bootstrapServers: 'b:1' } as const

/** The records from `first` up to `end`, packed. */
function packed(records: readonly LogRecord[], first = 0, end = records.length): Buffer {
  const packing = new PackedRecords()
  for (const record of records) packing.append(inMemory(record))
  return Buffer.concat(packing.slice(first, end))
}

test('an unpacked event equals its parsed JSON, with its fields in the same order', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), fc.array(neighbours, { maxLength: 3 }), (topic, parts) => {
      const bodies = parts.map((records) => packed(records))
      const partitions = bodies.map(({ length }, partition) => ({ partition, bytes: length }))
      const event = unpackEvent({ source, topic, partitions }, Buffer.concat(bodies))
      const lists = parts.map((records, partition) => {
        const list = records.map((record) => documented(topic, partition, record))
        return [`${topic}-${partition}`, list] as const
      })
      const json = JSON.stringify({ ...source, records: Object.fromEntries(lists) })
      assert.equal(JSON.stringify(event), json)
      assert.deepEqual(event, JSON.parse(json))
      const inPieces = packedJson({ head: { source, topic, partitions }, body: bodies })
      assert.equal(inPieces.toString(), json)
    }),
  )
})

/** A batch's bytes, and whether the broker set its timestamp. */
function batchOf(values: readonly string[], offset: number, isLogAppendTime: boolean): Buffer {
  const writer = new RecordBatchWriter(Buffer.alloc(64), 1_700_000_000_000)
  for (const value of values)
    writer.add({ key: keyField(Buffer.from('k')), value: Buffer.from(value), headers: noHeaders })
  const bytes = Buffer.from(writer.sealed({ id: 1n, epoch: 0 }, 0))
  bytes.writeBigInt64BE(BigInt(offset), 0)
  const attributes = 21
  if (isLogAppendTime) bytes.writeInt16BE(0b1000, attributes)
  return bytes
}

const batches = fc.array(
  fc.tuple(
    fc.array(fc.tuple(fc.string({ maxLength: 5_000 }), fc.boolean()), { minLength: 1, maxLength: 200 }),
    fc.boolean(),
  ),
  { maxLength: 4 },
)

test('the records of batches, without some of them, unpack to the same records', () => {
  fc.assert(
    fc.property(batches, fc.nat(900), fc.nat(900), (drawn, a, b) => {
      const packing = new PackedRecords()
      const taken: LogRecord[] = []
      let offset = 0
      for (const [values, isLogAppendTime] of drawn) {
        const bytes = batchOf(
          values.map(([value]) => value),
          offset,
          isLogAppendTime,
        )
        const reader = new RecordReader([...readBatches(bytes, 't[1]')][0]!)
        for (const [, isTaken] of values) {
          reader.next()
          if (!isTaken) continue
          packing.append(reader)
          taken.push(copyOf(reader))
        }
        offset += values.length
      }
      const [first, end] = [Math.min(a, b, taken.length), Math.min(Math.max(a, b), taken.length)]
      const body = Buffer.concat(packing.slice(first, end))
      const partitions = [{ partition: 1, bytes: body.length }]
      const { records } = unpackEvent({ source, topic: 't', partitions }, body)
      const wanted = taken.slice(first, end).map((record) => documented('t', 1, record))
      assert.deepEqual(records, { 't-1': wanted })
    }),
    { numRuns: 60 },
  )
})

test('a few records of each batch do not retain the memory of the batches', () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const batchBytes = 1024 * 1024
  const packing = new PackedRecords()
  collectGarbage()
  const before = process.memoryUsage().arrayBuffers
  for (let offset = 0; offset < 50; offset++) {
    const base = { offset, timestamp: 0, timestampType: 'CREATE_TIME' } as const
    packing.append({ ...base, base, bytes: Buffer.alloc(batchBytes), start: 100, from: 105, to: 300 })
  }
  collectGarbage()
  const retained = process.memoryUsage().arrayBuffers - before
  assert.ok(retained < 25 * batchBytes, `retains ${retained} bytes`)
  assert.equal(Buffer.concat(packing.slice(0, 50)).length, 50 * (runHeadBytes + 200))
})

test('schema metadata is packed with its record', () => {
  fc.assert(
    fc.property(aRecord, aRecord, (first, second) => {
      const valueSchemaMetadata = { dataFormat: 'AVRO', schemaId: '1' }
      const packing = new PackedRecords()
      packing.append({ ...inMemory(first), schemaMetadata: JSON.stringify({ valueSchemaMetadata }) })
      packing.append(inMemory(second))
      const body = Buffer.concat(packing.slice())
      const { records } = unpackEvent(
        { source, topic: 't', partitions: [{ partition: 1, bytes: body.length }] },
        body,
      )
      const wanted = [{ ...documented('t', 1, first), valueSchemaMetadata }, documented('t', 1, second)]
      assert.deepEqual(records, { 't-1': wanted })
    }),
  )
})

test('a slice of packed records unpacks to those records', () => {
  fc.assert(
    fc.property(neighbours, fc.nat(12), fc.nat(12), (records, a, b) => {
      const [first, end] = [Math.min(a, b, records.length), Math.min(Math.max(a, b), records.length)]
      const body = packed(records, first, end)
      const partitions = [{ partition: 1, bytes: body.length }]
      const event = unpackEvent({ source, topic: 't', partitions }, body)
      const wanted = records.slice(first, end).map((record) => documented('t', 1, record))
      assert.deepEqual(event.records, { 't-1': wanted })
    }),
  )
})

test('an event has the form that AWS delivers, with an ARN only for MSK', () => {
  const record: LogRecord = {
    offset: 15,
    timestamp: 1545084650987,
    timestampType: 'CREATE_TIME',
    key: Buffer.from('key'),
    value: null,
    headers: [
      ['headerKey', Buffer.from('head')],
      ['headerKey', Buffer.from('')],
      ['headerKey', Buffer.from('ë')],
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
          headers: [{ headerKey: [104, 101, 97, 100] }, { headerKey: [] }, { headerKey: [-61, -85] }],
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
