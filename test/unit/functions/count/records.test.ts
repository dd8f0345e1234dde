import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { countedPartitions } from '../../../../functions/count/records.ts'
import { AppError } from '../../../../lib/errors.ts'
import type { KafkaEvent } from '../../../../lib/kafka-event.ts'

const fixture: KafkaEvent = JSON.parse(readFileSync('events/count.json', 'utf8'))

describe('countedPartitions', () => {
  it('reads an event in the shape that AWS documents', () => {
    assert.deepEqual(Object.fromEntries(countedPartitions(fixture, 'me.books')), {
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

  it('reads a null key or value as AWS sends it: omitted, or null', () => {
    const lines = (fields: object) => [...countedPartitions(eventOf(fields), 'me.books').get(0)!]
    assert.deepEqual(lines({ value: 'YQ==' }), [{ offset: 0, book: null, line: { kind: 'foreign' } }])
    assert.deepEqual(lines({ key: null, value: 'YQ==' }), [
      { offset: 0, book: null, line: { kind: 'foreign' } },
    ])
    assert.deepEqual(lines({ key: 'YQ==' }), [{ offset: 0, book: 'YQ==', line: { kind: 'removal' } }])
    assert.deepEqual(lines({ key: 'YQ==', value: null }), [
      { offset: 0, book: 'YQ==', line: { kind: 'removal' } },
    ])
  })

  it('takes an empty key and an empty value for what they are, not for null', () => {
    const records = countedPartitions(eventOf({ key: '', value: '' }), 'me.books').get(0)
    assert.deepEqual(records, [{ offset: 0, book: '', line: { kind: 'foreign' } }])
  })

  it('names a book by its bytes, however its base64 is spelt', () => {
    const [record] = countedPartitions(eventOf({ key: 'YQ', value: '' }), 'me.books').get(0)!
    assert.equal(record?.book, 'YQ==')
  })

  it('counts a line whose header is not ours as any other line', () => {
    const headers = [{ other: [1] }, { line: [...Buffer.from('edition1:x')] }]
    const [record] = countedPartitions(eventOf({ key: 'YQ==', value: '', headers }), 'me.books').get(0)!
    assert.deepEqual(record?.line, { kind: 'foreign' })
  })

  it('refuses records of another topic', () => {
    assert.throws(
      () => countedPartitions(fixture, 'you.books'),
      (error) =>
        error instanceof AppError &&
        error.code === 'NOT_FROM_THIS_TOPIC' &&
        /me\.books\[2\]/.test(error.message),
    )
  })

  for (const [what, event] of Object.entries({
    nothing: null,
    'an S3 event': { Records: [] },
    text: 'x',
    'a list': { records: { a: 1 } },
  })) {
    it(`refuses ${what}, saying what an event looks like`, () => {
      assert.throws(
        () => countedPartitions(event as unknown as KafkaEvent, 'me.books'),
        (error) =>
          error instanceof AppError &&
          error.code === 'EVENT_INVALID' &&
          /events\/count\.json/.test(error.message),
      )
    })
  }

  it('refuses an offset that is none', () => {
    assert.throws(
      () => countedPartitions(eventOf({ key: 'YQ==', value: '', offset: '12' }), 'me.books'),
      (error) => error instanceof AppError && error.code === 'EVENT_INVALID',
    )
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
