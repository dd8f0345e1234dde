import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { LogRecord } from '../../../../../kafka/records/record.ts'
import type { KafkaEvent } from '../../../../../lambda/kafka-event.ts'
import { EventEnvelope } from '../../../../../local/kafka-event-source/batch/event-envelope.ts'
import { FormingBatch, maxEventBytes } from '../../../../../local/kafka-event-source/batch/forming-batch.ts'
import { inMemory } from '../../../../harness/records.ts'

const envelope = new EventEnvelope({ eventSource: 'SelfManagedKafka', bootstrapServers: 'b:1' }, 'me.lines')

const noHeaders: LogRecord['headers'] = []

function record(offset: number, bytes = 10, headers = noHeaders) {
  const value = Buffer.alloc(bytes, 'x')
  return inMemory({ offset, timestamp: offset, timestampType: 'CREATE_TIME', key: null, value, headers })
}

const offsetsOf = (event: Buffer) => {
  const { records } = JSON.parse(event.toString()) as KafkaEvent
  return Object.fromEntries(
    Object.entries(records).map(([name, list]) => [name, list.map(({ offset }) => offset)]),
  )
}

test('AWS’s limit on an event is 6,291,456 bytes', () => assert.equal(maxEventBytes, 6_291_456))

test('a batch is full at its size', () => {
  const forming = new FormingBatch(envelope, { batchSize: 2, eventBytes: maxEventBytes })
  assert.equal(forming.add(0, record(5)), 'taken')
  assert.equal(forming.isFull, false)
  assert.equal(forming.add(3, record(9)), 'taken')
  assert.equal(forming.isFull, true)
  assert.equal(forming.add(0, record(6)), 'no-room')
  const batch = forming.batch()
  assert.deepEqual(offsetsOf(batch.event(batch.indexes())), { 'me.lines-0': [5], 'me.lines-3': [9] })
})

test('schema metadata counts towards the size of the event JSON, to the byte', () => {
  const metadata = { valueSchemaMetadata: { dataFormat: 'AVRO', schemaId: '1' } }
  const described = { ...record(1, 10), schemaMetadata: JSON.stringify(metadata) }
  const plain = new FormingBatch(envelope, { batchSize: 10, eventBytes: Number.POSITIVE_INFINITY })
  plain.add(0, described)
  const batch = plain.batch()
  const size = batch.event(batch.indexes()).length
  const added = (eventBytes: number) =>
    new FormingBatch(envelope, { batchSize: 10, eventBytes }).add(0, described)
  assert.equal(added(size), 'taken')
  assert.equal(added(size - 1), 'too-large')
})

test('a batch ends before its event JSON exceeds the limit, to the byte', () => {
  const sizes = fc.array(fc.nat(3_000), { minLength: 1, maxLength: 30 })
  fc.assert(
    fc.property(sizes, fc.integer({ min: 500, max: 20_000 }), (bytes, eventBytes) => {
      const forming = new FormingBatch(envelope, { batchSize: 10_000, eventBytes })
      const unlimited = new FormingBatch(envelope, {
        batchSize: 10_000,
        eventBytes: Number.POSITIVE_INFINITY,
      })
      for (const [i, size] of bytes.entries()) {
        const added = forming.add(i % 3, record(i, size))
        unlimited.add(i % 3, record(i, size))
        const whole = unlimited.batch()
        const wouldBe = whole.event(whole.indexes()).length
        assert.equal(added === 'taken', wouldBe <= eventBytes)
        if (added !== 'taken') {
          assert.equal(added, i === 0 ? 'too-large' : 'no-room')
          break
        }
        const batch = forming.batch()
        assert.equal(batch.event(batch.indexes()).length, wouldBe)
      }
    }),
  )
})

test('an event of exactly the limit is one batch; with a limit of one byte less, its last record waits', () => {
  const headers = [['quote"ä', Buffer.from([0, 9, 10, 99, 100, 255])]] as const
  const anEvent = fc.array(fc.tuple(fc.nat(3), fc.nat(3_000), fc.boolean()), { minLength: 2, maxLength: 30 })
  fc.assert(
    fc.property(anEvent, (records) => {
      const all = records.map(
        ([partition, bytes, hasHeaders], offset) =>
          [partition, record(offset, bytes, hasHeaders ? headers : noHeaders)] as const,
      )
      const fill = (eventBytes: number) => {
        const forming = new FormingBatch(envelope, { batchSize: 10_000, eventBytes })
        const added = all.map((one) => forming.add(...one))
        const batch = forming.batch()
        return { last: added.at(-1), bytes: batch.event(batch.indexes()).length }
      }
      const { bytes } = fill(Number.POSITIVE_INFINITY)
      assert.deepEqual(fill(bytes), { last: 'taken', bytes })
      assert.equal(fill(bytes - 1).last, 'no-room')
    }),
  )
})

test('an event of selected records has exactly these, in order', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 40 }), (records) => {
      const forming = new FormingBatch(envelope, { batchSize: 10_000, eventBytes: maxEventBytes })
      records.forEach(([partition], offset) => void forming.add(partition, record(offset)))
      const batch = forming.batch()
      const chosen = batch.indexes().filter((place) => records[batch.offsetOf(place)]![1])
      const wanted: Record<string, number[]> = {}
      for (const place of chosen) {
        const name = `me.lines-${batch.partOf(place).partition}`
        wanted[name] = [...(wanted[name] ?? []), batch.offsetOf(place)]
      }
      assert.deepEqual(offsetsOf(batch.event(chosen)), wanted)
      for (const place of batch.indexes()) {
        assert.equal(batch.indexOf(batch.partOf(place).partition, batch.offsetOf(place)), place)
      }
      assert.equal(batch.indexOf(7, 0), undefined)
      assert.equal(batch.indexOf(0, 1_000), undefined)
    }),
  )
})

test('filtered records move the offset to commit', () => {
  const forming = new FormingBatch(envelope, { batchSize: 10, eventBytes: maxEventBytes })
  forming.add(0, record(5))
  forming.advance(0, 50)
  forming.advance(1, 99)
  assert.deepEqual(
    forming.batch().parts.map(({ partition, next }) => [partition, next]),
    [[0, 50]],
  )
})
