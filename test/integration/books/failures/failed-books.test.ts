import assert from 'node:assert/strict'
import { mkdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { failedBooks } from '../../../../books/failures/failed-books.ts'
import { FailureBucket } from '../../../../books/failures/failure-bucket.ts'
import { FailureFolder } from '../../../../books/failures/failure-folder.ts'
import { startBucket } from '../../../harness/bucket.ts'
import { failureRecord } from '../../../harness/failure-record.ts'
import { temporaryFolder } from '../../../harness/names.ts'

const prefix = 'aws/lambda/async/book-counts-dev-ingest/'
const now = Date.parse('2026-03-02T12:00:00Z')

describe('failed books', () => {
  it('are read from the bucket of the on-failure destination, newest first, for the last week', async () => {
    const { s3, bucket } = await startBucket()
    for (const [day, book] of [
      ['2026-01-31', 'too old'],
      ['2026-02-27', 'märchen/a+b.txt'],
      ['2026-03-02', 'new.txt'],
    ] as const) {
      const Key = `${prefix}${day.replaceAll('-', '/')}/${day}T10.00.00-${crypto.randomUUID()}`
      await s3.send(
        new PutObjectCommand({ Bucket: bucket, Key, Body: failureRecord(book, `${day}T10:00:00.000Z`) }),
      )
    }
    const records = new FailureBucket(bucket, prefix, () => now, s3)
    const expected = [
      { book: 'new.txt', reason: '"new.txt" is not text.', failedAt: '2026-03-02T10:00:00.000Z' },
      {
        book: 'märchen/a+b.txt',
        reason: '"märchen/a+b.txt" is not text.',
        failedAt: '2026-02-27T10:00:00.000Z',
      },
    ]
    for (let i = 0; i < 2; i++) {
      const failures = await failedBooks(records)
      assert.deepEqual(
        failures.map(({ id: _, ...failure }) => failure),
        expected,
      )
      assert.equal(new Set(failures.map(({ id }) => id)).size, 2)
    }
    s3.destroy()
  })

  it('are read from the local on-failure folder, newest first, until they are removed', async () => {
    const folder = join(temporaryFolder(), 'on-failure')
    const records = new FailureFolder(folder)
    assert.deepEqual(await failedBooks(records), [])
    mkdirSync(folder)
    for (const [i, book] of ['b', 'a', 'c'].entries()) {
      const file = join(folder, `${book}.json`)
      writeFileSync(file, failureRecord(book, '2026-03-02T10:00:00.000Z'))
      utimesSync(file, now / 1_000, now / 1_000 + i)
    }
    writeFileSync(join(folder, 'd.json.new'), 'half of it')
    const books = (await failedBooks(records)).map(({ book }) => book)
    assert.deepEqual(books, ['c', 'a', 'b'])
    for (let i = 0; i < 2; i++) await records.remove('a.json')
    const left = (await failedBooks(records)).map(({ book }) => book)
    assert.deepEqual(left, ['c', 'b'])
  })

  it('have the names of the counts', async () => {
    const text = failureRecord('a\\x41', '2026-03-02T10:00:00.000Z')
    const [failure] = await failedBooks({ newest: async () => [{ id: 'x', text }], remove: async () => {} })
    assert.equal(failure!.book, 'a\\\\x41')
  })

  it('omit events of other sources than S3, which a manual invocation can send', async () => {
    const ofBook = failureRecord('a', '2026-03-02T10:00:00.000Z')
    const byHand = JSON.stringify({ ...JSON.parse(ofBook), requestPayload: { greeting: 'hello' } })
    const newest = async () => [byHand, ofBook].map((text, i) => ({ id: String(i), text }))
    const failures = await failedBooks({ newest, remove: async () => {} })
    assert.deepEqual(
      failures.map(({ book }) => book),
      ['a'],
    )
  })

  it('report an event that was discarded before the first attempt', async () => {
    const { responsePayload: _, ...untried } = JSON.parse(failureRecord('a', '2026-03-02T10:00:00.000Z'))
    const [failure] = await failedBooks({
      newest: async () => [{ id: 'x', text: JSON.stringify(untried) }],
      remove: async () => {},
    })
    assert.equal(failure!.reason, 'Its event was discarded before the first attempt: RetriesExhausted.')
  })
})

/** As Lambda writes it (page `invocation-async-retain-records`). */
