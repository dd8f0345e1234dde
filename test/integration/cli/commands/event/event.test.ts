import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { PutObjectCommand } from '@aws-sdk/client-s3'
import { books, booksWithInput } from '../../../../harness/books.ts'
import { startBucket } from '../../../../harness/bucket.ts'
import { startKafka } from '../../../../harness/kafka.ts'
import { kcatRecords, withoutKcat } from '../../../../harness/kcat.ts'
import { temporaryFolder, uniqueUserid } from '../../../../harness/names.ts'

test('an event for count has the records that kcat reads from the book’s first line', {
  skip: withoutKcat,
}, async () => {
  const { brokers } = await startKafka()
  const env = { USERID: uniqueUserid(), BROKERS: brokers }
  await books(env, 'topics', 'create', '--partitions', '1')
  const text = 'other:0\nß.txt:1\nother:1\nß.txt:2\nother:2\n'
  await booksWithInput(env, text, 'produce', 'books', '--key-separator', ':')
  const file = join(temporaryFolder(), 'event.json')
  const { stderr, code } = await books(
    env,
    ...['event', 'count', '--from', 'ß.txt', '--batch-size', '3', '-o', file],
  )
  assert.deepEqual(
    [stderr, code],
    [`Wrote ${file}. Try it: npx serverless invoke local -f count -p ${file}\n`, 0],
  )
  const { records } = JSON.parse(readFileSync(file, 'utf8'))
  const topic = `${env.USERID}.books`
  const found = records[`${topic}-0`].map((record: Record<string, string>) => ({
    partition: record.partition,
    offset: record.offset,
    key: Buffer.from(record.key!, 'base64'),
    value: Buffer.from(record.value!, 'base64'),
    headers: '',
  }))
  assert.deepEqual(found, (await kcatRecords(brokers, topic)).slice(1, 4))

  await booksWithInput(env, 'line\n', 'produce', 'books', '--key', 'a\\x41')
  const escaped = await books(env, 'event', 'count', '--from', 'a\\\\x41')
  assert.equal(escaped.code, 0, escaped.stderr)

  const none = await books(env, 'event', 'count', '--from', 'never.txt')
  assert.deepEqual([none.stdout, none.code], ['', 3])
  assert.match(none.stderr, /has no line of "never\.txt"\. "npm run books -- counts" lists/)
})

test('an event for ingest names the object as it is in the bucket', async () => {
  const { endpoint, bucket, s3 } = await startBucket()
  const env = { USERID: 'me', BUCKET: bucket, S3_PORT: new URL(endpoint).port }
  const { ETag } = await s3.send(new PutObjectCommand({ Bucket: bucket, Key: 'ß 1.txt', Body: 'one\n' }))
  const { stdout, code } = await books(env, 'event', 'ingest', '--key', 'ß 1.txt')
  assert.equal(code, 0)
  const [{ s3: about }] = JSON.parse(stdout).Records
  assert.equal(about.bucket.name, bucket)
  const { key, size, eTag } = about.object
  assert.deepEqual([key, size, `"${eTag}"`], ['%C3%9F+1.txt', 4, ETag])

  const unwritable = await books(env, 'event', 'ingest', '--key', 'ß 1.txt', '-o', '/nowhere/event.json')
  assert.deepEqual([unwritable.stdout, unwritable.code], ['', 2])
  assert.match(unwritable.stderr, /^"\/nowhere\/event\.json" cannot be written: ENOENT.*\.\n$/)
  const none = await books(env, 'event', 'ingest', '--key', 'never.txt')
  assert.deepEqual([none.stdout, none.code], ['', 3])
  assert.match(none.stderr, /has no object "never\.txt"/)
})
