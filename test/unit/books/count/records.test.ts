import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { countedEvent, countedRecord } from '../../../../books/count/records.ts'
import type { KafkaEvent } from '../../../../lambda/kafka-event.ts'
import { isError } from '../../../harness/is-error.ts'

const fixture: KafkaEvent = JSON.parse(readFileSync('events/count.json', 'utf8'))

const partitionsOf = (event: KafkaEvent, topic: string) => countedEvent(event, topic).partitions

describe('countedEvent', () => {
  it('reads an event in the shape that AWS documents', () => {
    assert.deepEqual(Object.fromEntries(partitionsOf(fixture, 'me.books')), {
      2: [
        {
          offset: 15,
          book: 'cGcyMDQxNy50eHQ=',
          line: { kind: 'line', edition: 'ZH1kY_-0', number: 1, end: false },
        },
        {
          offset: 16,
          book: 'cGcyMDQxNy50eHQ=',
          line: { kind: 'line', edition: 'ZH1kY_-0', number: 2, end: true },
        },
      ],
      4: [{ offset: 3, book: 'bW9ieS1kaWNrL2NoYXB0ZXJfMDAxLnR4dA==', line: { kind: 'removal' } }],
    })
  })

  it('reads an omitted or null key or value as null', () => {
    const lines = (fields: object) => [...partitionsOf(eventOf(fields), 'me.books').get(0)!]
    assert.deepEqual(lines({ value: 'YQ==' }), [{ offset: 0, book: null, line: { kind: 'foreign' } }])
    assert.deepEqual(lines({ key: null, value: 'YQ==' }), [
      { offset: 0, book: null, line: { kind: 'foreign' } },
    ])
    assert.deepEqual(lines({ key: 'YQ==' }), [{ offset: 0, book: 'YQ==', line: { kind: 'removal' } }])
    assert.deepEqual(lines({ key: 'YQ==', value: null }), [
      { offset: 0, book: 'YQ==', line: { kind: 'removal' } },
    ])
  })

  it('does not read an empty key or value as null', () => {
    const records = partitionsOf(eventOf({ key: '', value: '' }), 'me.books').get(0)
    assert.deepEqual(records, [{ offset: 0, book: '', line: { kind: 'foreign' } }])
  })

  it('names a book by the canonical base64 of its key', () => {
    const [record] = partitionsOf(eventOf({ key: 'YQ', value: '' }), 'me.books').get(0)!
    assert.equal(record?.book, 'YQ==')
  })

  it('reads a record with an invalid line header as a foreign line', () => {
    const headers = [{ other: [1] }, { line: [...Buffer.from('edition1:x')] }]
    const [record] = partitionsOf(eventOf({ key: 'YQ==', value: '', headers }), 'me.books').get(0)!
    assert.deepEqual(record?.line, { kind: 'foreign' })
  })

  it('reads a null value with a valid line header as a line', () => {
    const headers = [{ line: [...Buffer.from('edition1:7:end')] }]
    const line = { kind: 'line', edition: 'edition1', number: 7, end: true }
    for (const value of [null, undefined]) {
      const [record] = partitionsOf(eventOf({ key: 'YQ==', value, headers }), 'me.books').get(0)!
      assert.deepEqual(record, { offset: 0, book: 'YQ==', line })
    }
  })

  it('reads a null value with an invalid line header as a removal', () => {
    const headers = [{ line: [...Buffer.from('edition1:0')] }]
    const [record] = partitionsOf(eventOf({ key: 'YQ==', value: null, headers }), 'me.books').get(0)!
    assert.deepEqual(record?.line, { kind: 'removal' })
  })

  it('rejects records of another topic', () => {
    assert.throws(() => partitionsOf(fixture, 'you.books'), isError('NOT_FROM_THIS_TOPIC', /me\.books\[2\]/))
  })

  for (const [what, event] of Object.entries({
    null: null,
    'an S3 event': { Records: [] },
    'a string': 'x',
    'records that are no lists': { records: { a: 1 } },
  })) {
    it(`rejects ${what} and refers to an example event`, () => {
      assert.throws(
        () => partitionsOf(event as unknown as KafkaEvent, 'me.books'),
        isError('EVENT_INVALID', /events\/count\.json/),
      )
    })
  }

  it('rejects an offset that is not a number', () => {
    assert.throws(
      () => partitionsOf(eventOf({ key: 'YQ==', value: '', offset: '12' }), 'me.books'),
      isError('EVENT_INVALID'),
    )
  })
})

describe('countedRecord', () => {
  const record = {
    offset: 3,
    timestamp: 0,
    timestampType: 'CREATE_TIME',
    key: Buffer.from('a'),
    value: null,
    headers: [],
  } as const
  const line = (text: string) => ['line', Buffer.from(text)] as const

  it('reads a null value as a removal', () => {
    assert.deepEqual(countedRecord(record), { offset: 3, book: 'YQ==', line: { kind: 'removal' } })
  })

  it('reads a null value with a valid line header as a line', () => {
    assert.deepEqual(countedRecord({ ...record, headers: [line('edition1:7')] }), {
      offset: 3,
      book: 'YQ==',
      line: { kind: 'line', edition: 'edition1', number: 7, end: false },
    })
  })

  it('reads a null value with an invalid line header as a removal', () => {
    assert.deepEqual(countedRecord({ ...record, headers: [line('edition1:x')] }).line, { kind: 'removal' })
  })

  it('uses the first line header', () => {
    const headers = [['other', Buffer.from('edition1:1')] as const, line('edition1:2'), line('edition1:3')]
    assert.deepEqual(countedRecord({ ...record, value: Buffer.from('text'), headers }).line, {
      ...{ kind: 'line', edition: 'edition1', number: 2, end: false },
    })
  })

  it('reads a null key as no book', () => {
    assert.equal(countedRecord({ ...record, key: null }).book, null)
  })
})

function eventOf(fields: object): KafkaEvent {
  const record = {
    topic: 'me.books',
    partition: 0,
    offset: 0,
    timestamp: 0,
    timestampType: 'CREATE_TIME',
    headers: [],
  }
  return {
    eventSource: 'SelfManagedKafka',
    bootstrapServers: '',
    records: { 'me.books-0': [{ ...record, ...fields }] },
  } as KafkaEvent
}
