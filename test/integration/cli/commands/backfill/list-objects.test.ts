import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CreateMultipartUploadCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { listObjects } from '../../../../../cli/commands/backfill/list-objects.ts'
import { startBucket } from '../../../../harness/bucket.ts'

test('lists every key, also when a page begins or ends with control characters', async () => {
  const { s3, bucket } = await startBucket()
  const keys = ['\u0001 first', 'a b+c%&', 'm\u001b[31m', 'z\u007f\u0085', 'ü/📚']
  for (const Key of keys) await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'one\n' }))
  const list = async (prefix: string, pageSize?: number) =>
    (await listObjects(s3, bucket, prefix, pageSize)).map(({ key }) => key)
  for (const pageSize of [1, 2, undefined]) assert.deepEqual(await list('', pageSize), keys)
  assert.deepEqual(await list('m\u001b'), ['m\u001b[31m'])
  s3.destroy()
})

test('lists every key behind a page of unfinished uploads, which the S3 server omits', async () => {
  const { s3, bucket } = await startBucket()
  for (let i = 0; i < 3; i++)
    await s3.send(new CreateMultipartUploadCommand({ Bucket: bucket, Key: 'unfinished' }))
  for (const Key of ['a', 'b']) await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: 'one\n' }))
  for (const pageSize of [1, 2, undefined]) {
    const listed = await listObjects(s3, bucket, '', pageSize)
    assert.deepEqual(
      listed.map(({ key }) => key),
      ['a', 'b'],
    )
  }
  s3.destroy()
})
