import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import {
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { startBucket, type TestBucket } from '../../../harness/bucket.ts'
import { rawRequest } from './raw-request.ts'
import { startTestedSource, type TestedSource } from './tested-source.ts'

const of = (bytes: number) => 'k'.repeat(bytes)

const keys = [
  'plain.txt',
  'with space.txt',
  'a+b=c&d.txt',
  '100%.txt',
  '%41.txt',
  'line\nbreak',
  'carriage\rreturn',
  'tab\t',
  '"quoted" and \'quoted\'',
  '<tag>&amp;',
  'back\\slash',
  'café', // one character
  'cafe\u0301', // two
  '書籍/第一章.txt',
  '📚/👩‍👩‍👧.txt',
  '..hidden./..x/.y',
  '~!@#$^*()_{}[]:;|,?',
  '  ',
  of(218),
  `${of(255)}/x`,
  `${`${of(203)}/`.repeat(5)}cdef`, // 1,024 bytes
  `${'é'.repeat(101)}/`.repeat(5).slice(0, -1), // 1,014 bytes
]

describe('a key', () => {
  let bucket: TestBucket
  let source: TestedSource
  before(async () => {
    bucket = await startBucket()
    source = await startTestedSource(bucket)
  })
  after(async () => {
    await source.stop()
    bucket.s3.destroy()
  })
  const object = (Key: string) => ({ Bucket: bucket.bucket, Key })
  const put = (key: string, Body = 'x') => source.s3.send(new PutObjectCommand({ ...object(key), Body }))

  for (const key of keys) {
    const shown = JSON.stringify(
      key.length > 60 ? `${key.slice(0, 20)}… (${Buffer.byteLength(key)} bytes)` : key,
    )
    it(`${shown} is the same in the bucket, in a copy and in events`, async () => {
      await put(key, key)
      const { Body } = await bucket.s3.send(new GetObjectCommand(object(key)))
      assert.equal(await Body!.transformToString(), key)
      const CopySource = encodeURIComponent(`${bucket.bucket}/${key}`)
      await source.s3.send(new CopyObjectCommand({ ...object('copy'), CopySource }))
      await source.s3.send(new DeleteObjectCommand(object(key)))
      assert.deepEqual(
        (await source.received()).map((event) => [event.name, event.key]),
        [
          ['ObjectCreated:Put', key],
          ['ObjectCreated:Copy', 'copy'],
          ['ObjectRemoved:Delete', key],
        ],
      )
    })
  }

  const refused = [
    [of(219), 'KeyTooLongError'],
    [`${`${of(203)}/`.repeat(5)}cdefg`, 'KeyTooLongError'],
    ['a//b', 'InvalidRequest'],
    ['folder/', 'InvalidRequest'],
  ] as const
  for (const [key, name] of refused) {
    it(`${JSON.stringify(key.slice(0, 20))} that the S3 server cannot store is rejected without an event`, async () => {
      await assert.rejects(put(key), { name })
      assert.deepEqual(await source.received(), [])
    })
  }

  it('that resolves to the file of another key is rejected, not found, and deletes nothing', async () => {
    await put('a/b')
    for (const key of ['a/../a/b', 'a/./b', 'a//b', '../x', '/a/b']) {
      const request = (method: string) => rawRequest(source.endpoint, method, `/${bucket.bucket}/${key}`)
      assert.match((await request('PUT')).body, /<Code>InvalidRequest<\/Code>/)
      assert.equal((await request('GET')).status, 404)
      assert.equal((await request('DELETE')).status, 204)
    }
    const { Body } = await bucket.s3.send(new GetObjectCommand(object('a/b')))
    assert.equal(await Body!.transformToString(), 'x')
    assert.deepEqual(
      (await source.received()).map(({ key }) => key),
      ['a/b'],
    )
  })

  it('that is a folder of an existing key is rejected, and is not found', async () => {
    await put('a/b')
    await assert.rejects(put('a'), { name: 'InvalidRequest', message: /"a" beside "a\/b"/ })
    await assert.rejects(source.s3.send(new CreateMultipartUploadCommand(object('a'))), {
      name: 'InvalidRequest',
    })
    await put('f')
    await assert.rejects(put('f/g/h'), { name: 'InvalidRequest', message: /"f\/g\/h" beside "f"/ })
    await assert.rejects(source.s3.send(new GetObjectCommand(object('f/g'))), { name: 'NoSuchKey' })
    await source.s3.send(new DeleteObjectCommand(object('f/g')))
    assert.deepEqual(
      (await source.received()).map(({ key }) => key),
      ['a/b', 'f'],
    )
  })

  it('with a final slash does not stand for the object without it', async () => {
    await put('book.txt')
    await assert.rejects(put('book.txt/', ''), { message: /"book.txt\/" beside "book.txt"/ })
    await assert.rejects(source.s3.send(new GetObjectCommand(object('book.txt/'))), { name: 'NoSuchKey' })
    await source.s3.send(new DeleteObjectCommand(object('book.txt/')))
    const Delete = { Objects: [{ Key: 'book.txt/' }] }
    await assert.rejects(source.s3.send(new DeleteObjectsCommand({ Bucket: bucket.bucket, Delete })), {
      name: 'InvalidRequest',
      message: /Nothing was deleted/,
    })
    const { Body } = await bucket.s3.send(new GetObjectCommand(object('book.txt')))
    assert.equal(await Body!.transformToString(), 'x')
    for (const _ of [1, 2]) await put('folder/', '')
    await put('folder/in', 'y')
    await put('folder/', '')
    for (const key of ['folder/', 'folder/in']) await source.s3.send(new DeleteObjectCommand(object(key)))
    assert.deepEqual(
      (await source.received()).map(({ name, key }) => `${name} ${key}`),
      [
        'ObjectCreated:Put book.txt',
        'ObjectCreated:Put folder/',
        'ObjectCreated:Put folder/',
        'ObjectCreated:Put folder/in',
        'ObjectCreated:Put folder/',
        'ObjectRemoved:Delete folder/',
        'ObjectRemoved:Delete folder/in',
      ],
    )
  })

  it('is never listed with a prefix that it does not have', async () => {
    await put('folder/a')
    const list = (Prefix: string) =>
      source.s3.send(new ListObjectsV2Command({ Bucket: bucket.bucket, Prefix }))
    for (const prefix of ['folder//', 'folder/./', 'x/../folder/a', '/', '//folder']) {
      await assert.rejects(list(prefix), { name: 'InvalidRequest', message: /a key with this prefix/ })
    }
    for (const prefix of ['', 'folder/', 'folder/a']) {
      assert.ok((await list(prefix)).Contents?.some(({ Key }) => Key === 'folder/a'))
    }
    await source.received()
  })

  it('in a missing bucket is not found', async () => {
    const missing = { Bucket: `${bucket.bucket}-missing`, Key: 'k' }
    const requests = [
      new DeleteObjectCommand(missing),
      new DeleteObjectsCommand({ Bucket: missing.Bucket, Delete: { Objects: [{ Key: 'k' }] } }),
      new CreateMultipartUploadCommand(missing),
      new PutObjectCommand(missing),
    ]
    for (const request of requests)
      await assert.rejects(source.s3.send(request as PutObjectCommand), { name: 'NoSuchBucket' })
    assert.deepEqual(await source.received(), [])
  })

  it('that no object can have is not found as the source of a copy', async () => {
    for (const key of ['book.txt', 'folder/a']) await put(key)
    const { UploadId } = await source.s3.send(new CreateMultipartUploadCommand(object('copied')))
    const part = { ...object('copied'), UploadId, PartNumber: 1 }
    for (const key of ['book.txt/', 'book.txt/a', './book.txt', 'folder/../book.txt', 'folder//a', of(256)]) {
      const CopySource = `${bucket.bucket}/${key}`
      const copies = [
        new CopyObjectCommand({ ...object('copied'), CopySource }),
        new UploadPartCopyCommand({ ...part, CopySource }),
      ]
      for (const copy of copies)
        await assert.rejects(source.s3.send(copy as CopyObjectCommand), { name: 'NoSuchKey' })
    }
    await put('folder/', '')
    const copyFolder = (key: string) =>
      source.s3.send(new CopyObjectCommand({ ...object('copied/'), CopySource: `${bucket.bucket}/${key}` }))
    await assert.rejects(copyFolder('book.txt/'), { name: 'NoSuchKey' })
    await copyFolder('folder/')
    assert.deepEqual((await source.received()).map(({ name, key }) => `${name} ${key}`).slice(2), [
      'ObjectCreated:Put folder/',
      'ObjectCreated:Copy copied/',
    ])
  })

  it('that no object can have fails a bulk delete before any object is deleted', async () => {
    await put('kept')
    const Objects = [{ Key: 'kept' }, { Key: of(256) }]
    await assert.rejects(
      source.s3.send(new DeleteObjectsCommand({ Bucket: bucket.bucket, Delete: { Objects } })),
      { name: 'InvalidRequest', message: /Nothing was deleted/ },
    )
    assert.deepEqual(
      (await source.received()).map(({ name }) => name),
      ['ObjectCreated:Put'],
    )
  })

  it('of a multipart upload can be as long as S3Proxy supports', async () => {
    for (const key of [of(169), `${of(212)}/${of(255)}/${of(212)}`]) {
      const Body = Buffer.alloc(5 * 1024 * 1024 + 1)
      await new Upload({
        client: source.s3,
        params: { ...object(key), Body },
        partSize: 5 * 1024 * 1024,
      }).done()
      const { UploadId } = await source.s3.send(new CreateMultipartUploadCommand(object(key)))
      const part = { ...object(key), UploadId, PartNumber: 10_000, Body: 'x' }
      await source.s3.send(new UploadPartCommand(part))
    }
    for (const key of [of(170), `${of(213)}/x`, `x/${of(213)}`]) {
      await assert.rejects(
        bucket.s3
          .send(new CreateMultipartUploadCommand(object(key)))
          .then(({ UploadId }) =>
            bucket.s3.send(
              new UploadPartCommand({ ...object(key), UploadId, PartNumber: 10_000, Body: 'x' }),
            ),
          ),
        { $fault: 'server' },
      )
      await assert.rejects(source.s3.send(new CreateMultipartUploadCommand(object(key))), {
        name: 'KeyTooLongError',
      })
    }
    assert.equal((await source.received()).length, 2)
  })
})
