import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { test } from 'node:test'
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListBucketsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3'
import { s3ClientFor, startBucket, startOwnS3Server } from '../../../harness/bucket.ts'
import { temporaryFolder } from '../../../harness/names.ts'
import { waitFor } from '../../../harness/wait-for.ts'

async function keysIn(s3: S3Client): Promise<unknown[]> {
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'books' }))
  return Contents.map(({ Key }) => Key)
}

test('keeps an acknowledged object and its ETag after kill -9', async () => {
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

test('removes uploads that a kill -9 interrupted, and no other objects', async () => {
  const dataDir = join(temporaryFolder(), 'bucket')
  const first = await startOwnS3Server({ dataDir })
  const s3 = s3ClientFor(first.endpoint)
  const kept = `folder/kept-${randomUUID()}`
  await s3.send(new CreateBucketCommand({ Bucket: 'books' }))
  await s3.send(new PutObjectCommand({ Bucket: 'books', Key: kept, Body: 'one' }))
  const endless = new Readable({ read: () => undefined })
  endless.push(Buffer.alloc(1_000_000))
  const interrupted = { Bucket: 'books', Key: 'folder/interrupted', Body: endless, ContentLength: 2_000_000 }
  const upload = assert.rejects(s3.send(new PutObjectCommand(interrupted)))
  await waitFor(async () => (await keysIn(s3)).length === 2, { within: 10_000 })
  await first.kill()
  await upload

  const second = await startOwnS3Server({ dataDir })
  assert.deepEqual(await keysIn(s3ClientFor(second.endpoint)), [kept])
  await second.stop()
})

test('the check of the file system leaves no bucket behind', async () => {
  const { s3 } = await startBucket()
  const { Buckets = [] } = await s3.send(new ListBucketsCommand({}))
  assert.deepEqual(
    Buckets.filter(({ Name }) => Name?.startsWith('probe-')),
    [],
  )
})

test('stores names as UTF-8, in the bucket and in the path of its folder, in every locale', async () => {
  const before = process.env.LC_ALL
  process.env.LC_ALL = 'C'
  try {
    const server = await startOwnS3Server({ dataDir: join(temporaryFolder(), 'ü 書') })
    const s3 = s3ClientFor(server.endpoint)
    const object = { Bucket: 'books', Key: 'Ünïcode 書 📚.txt' }
    await s3.send(new CreateBucketCommand({ Bucket: object.Bucket }))
    await s3.send(new PutObjectCommand({ ...object, Body: 'one' }))
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: object.Bucket }))
    assert.deepEqual(
      Contents.map(({ Key }) => Key),
      [object.Key],
    )
    await server.stop()
  } finally {
    if (before === undefined) delete process.env.LC_ALL
    else process.env.LC_ALL = before
  }
})
