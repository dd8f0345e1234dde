import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { test } from 'node:test'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { s3ClientFor, startBucket, startOwnS3Server } from '../../../harness/bucket.ts'
import { temporaryFolder } from '../../../harness/names.ts'

test('an object that was acknowledged is there after kill -9, its ETag too', async () => {
  const dataDir = join(temporaryFolder(), 'bucket')
  const first = await startOwnS3Server({ dataDir })
  const object = { Bucket: 'books', Key: 'Ünïcode/a b.txt' }
  const s3 = s3ClientFor(first.endpoint)
  await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }))
  await s3.send(new PutObjectCommand({ ...object, Body: 'one\ntwo' }))
  await first.kill()

  const second = await startOwnS3Server({ dataDir })
  const { Body, ETag } = await s3ClientFor(second.endpoint).send(new GetObjectCommand(object))
  assert.equal(await Body?.transformToString(), 'one\ntwo')
  assert.equal(ETag, `"${createHash('md5').update('one\ntwo').digest('hex')}"`)
  await second.stop()
})

test('the trial of the file system leaves no bucket behind', async () => {
  const { s3 } = await startBucket()
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}))
  assert.deepEqual(
    Buckets.filter(({ Name }) => Name?.startsWith('probe-')),
    [],
  )
})
