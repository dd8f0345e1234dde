import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListPartsCommand,
  PutObjectCommand,
  type S3ServiceException,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { startBucket, type TestBucket } from '../../../harness/bucket.ts'
import { startTestedSource, type TestedSource } from './tested-source.ts'

const md5 = (text: string | Buffer) => createHash('md5').update(text).digest('hex')

describe('a change in the bucket', () => {
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

  it('by PUT causes an event with size and ETag', async () => {
    await source.s3.send(new PutObjectCommand({ ...object('put'), Body: 'one\ntwo\n' }))
    await source.s3.send(new PutObjectCommand({ ...object('empty'), Body: '', ContentLength: 0 }))
    assert.deepEqual(await source.received(), [
      { name: 'ObjectCreated:Put', key: 'put', size: 8, eTag: md5('one\ntwo\n') },
      { name: 'ObjectCreated:Put', key: 'empty', size: 0, eTag: md5('') },
    ])
  })

  it('by a PUT with an aws-chunked body causes an event with the size of the content', async () => {
    const body = 'x'.repeat(30_000)
    const key = (i: number) => `streamed/${i}`
    for (let i = 0; i < 20; i++) {
      const Body = Readable.from(body.match(/.{1,7000}/g)!)
      await source.s3.send(new PutObjectCommand({ ...object(key(i)), Body, ContentLength: body.length }))
    }
    const expected = { name: 'ObjectCreated:Put', size: body.length, eTag: md5(body) }
    assert.deepEqual(
      await source.received(),
      Array.from({ length: 20 }, (_, i) => ({ ...expected, key: key(i) })),
    )
    const { Body: stored } = await source.s3.send(new GetObjectCommand(object(key(7))))
    assert.equal(md5(Buffer.from(await stored!.transformToByteArray())), md5(body))
  })

  it('by a multipart upload causes one event, at its completion', async () => {
    const Body = Buffer.alloc(12 * 1024 * 1024, 'line\n')
    await new Upload({ client: source.s3, params: { ...object('large'), Body } }).done()
    const { ETag } = await bucket.s3.send(new HeadObjectCommand(object('large')))
    assert.deepEqual(await source.received(), [
      {
        name: 'ObjectCreated:CompleteMultipartUpload',
        key: 'large',
        size: Body.length,
        eTag: ETag!.replaceAll('"', ''),
      },
    ])
  })

  it('by a copy causes an event for the copy', async () => {
    const CopySource = `${bucket.bucket}/put`
    await source.s3.send(new CopyObjectCommand({ ...object('copied'), CopySource }))
    assert.deepEqual(await source.received(), [
      { name: 'ObjectCreated:Copy', key: 'copied', size: 8, eTag: md5('one\ntwo\n') },
    ])
  })

  it('by DELETE causes an event', async () => {
    await source.s3.send(new DeleteObjectCommand(object('put')))
    assert.deepEqual(await source.received(), [{ name: 'ObjectRemoved:Delete', key: 'put' }])
  })

  for (const Quiet of [false, true]) {
    it(`by a ${Quiet ? 'quiet ' : ''}bulk delete causes an event for each key`, async () => {
      const keys = ['bulk a', 'bulk <&>"\'\r\n+%', 'bulk 📚']
      for (const key of keys) await bucket.s3.send(new PutObjectCommand(object(key)))
      const Objects = keys.map((Key) => ({ Key }))
      await source.s3.send(new DeleteObjectsCommand({ Bucket: bucket.bucket, Delete: { Objects, Quiet } }))
      assert.deepEqual(
        await source.received(),
        keys.map((key) => ({ name: 'ObjectRemoved:Delete', key })),
      )
      for (const key of keys) await assert.rejects(bucket.s3.send(new HeadObjectCommand(object(key))))
    })
  }

  it('causes one event for each of many concurrent requests', async () => {
    const keys = Array.from({ length: 300 }, (_, i) => `many/${i}`)
    await Promise.all(keys.map((key) => source.s3.send(new PutObjectCommand({ ...object(key), Body: key }))))
    const received = await source.received()
    assert.deepEqual(received.map(({ key }) => key).sort(), keys.sort())
  })

  it('that fails causes no event', async () => {
    const put = (more: object) =>
      source.s3.send(new PutObjectCommand({ ...object('bad'), Body: 'x', ...more }))
    await assert.rejects(put({ ContentMD5: 'AAAAAAAAAAAAAAAAAAAAAA==' }), { name: 'BadDigest' })
    await assert.rejects(put({ Bucket: 'no-such-bucket' }), { name: 'NoSuchBucket' })
    const CopySource = `${bucket.bucket}/nothing`
    await assert.rejects(source.s3.send(new CopyObjectCommand({ ...object('bad'), CopySource })), {
      name: 'NoSuchKey',
    })
    const unsigned = await fetch(`${source.endpoint}/${bucket.bucket}/bad`, { method: 'PUT', body: 'x' })
    assert.equal(unsigned.status, 403)
    assert.deepEqual(await source.received(), [])
  })

  it('by a part, or by an aborted or failed multipart upload, causes no event', async () => {
    const { UploadId } = await source.s3.send(new CreateMultipartUploadCommand(object('parts')))
    const upload = { ...object('parts'), UploadId }
    await source.s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' }))
    const Parts = [{ PartNumber: 2, ETag: '"0"' }]
    await assert.rejects(
      source.s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } })),
      { name: 'InvalidPart' },
    )
    await source.s3.send(new AbortMultipartUploadCommand(upload))
    assert.deepEqual(await source.received(), [])
  })

  it('of an upload that does not exist, or no longer, is rejected', async () => {
    const unknown = async (upload: { Bucket: string; Key: string; UploadId: string | undefined }) => {
      const part = { ...upload, PartNumber: 1 }
      const CopySource = `${bucket.bucket}/source`
      const Parts = [{ PartNumber: 1, ETag: md5('x') }]
      for (const request of [
        new UploadPartCommand({ ...part, Body: 'x' }),
        new UploadPartCopyCommand({ ...part, CopySource }),
        new ListPartsCommand(upload),
        new AbortMultipartUploadCommand(upload),
        new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }),
      ]) {
        const name = request.constructor.name
        await assert.rejects(source.s3.send(request as UploadPartCommand), { name: 'NoSuchUpload' }, name)
      }
    }
    await bucket.s3.send(new PutObjectCommand({ ...object('source'), Body: 'x' }))
    for (const key of ['gone', 'a folder/gone']) {
      const { UploadId } = await source.s3.send(new CreateMultipartUploadCommand(object(key)))
      const upload = { ...object(key), UploadId }
      await source.s3.send(new UploadPartCommand({ ...upload, PartNumber: 1, Body: 'x' }))
      const { Parts } = await source.s3.send(new ListPartsCommand(upload))
      assert.equal(Parts?.length, 1)
      await unknown({ ...upload, ...object(`not ${key}`) })
      await source.s3.send(new AbortMultipartUploadCommand(upload))
      await unknown(upload)
      await unknown({ ...upload, UploadId: 'never' })
    }
    assert.deepEqual(await source.received(), [])
  })

  it('by a multipart upload whose parts are completed out of order, or twice, is rejected', async () => {
    const { UploadId } = await source.s3.send(new CreateMultipartUploadCommand(object('ordered')))
    const upload = { ...object('ordered'), UploadId }
    const part = async (PartNumber: number, Body: string) => {
      const { ETag } = await source.s3.send(new UploadPartCommand({ ...upload, PartNumber, Body }))
      return { PartNumber, ETag }
    }
    const complete = (...Parts: Awaited<ReturnType<typeof part>>[]) =>
      source.s3.send(new CompleteMultipartUploadCommand({ ...upload, MultipartUpload: { Parts } }))
    const second = await part(2, 'a'.repeat(5 * 1024 * 1024))
    const tenth = await part(10, 'b')
    await assert.rejects(complete(tenth, second), { name: 'InvalidPartOrder' })
    await assert.rejects(complete(second, second), { name: 'InvalidPartOrder' })
    assert.deepEqual(await source.received(), [])
    await complete(second, tenth)
    const { ContentLength } = await source.s3.send(new HeadObjectCommand(object('ordered')))
    assert.equal(ContentLength, 5 * 1024 * 1024 + 1)
    assert.equal((await source.received()).length, 1)
  })

  it('is not reported for reads: whole, in part, conditional or as a list', async () => {
    await bucket.s3.send(new PutObjectCommand({ ...object('read'), Body: '0123456789' }))
    const { ETag } = await source.s3.send(new HeadObjectCommand(object('read')))
    const part = await source.s3.send(new GetObjectCommand({ ...object('read'), Range: 'bytes=2-4' }))
    assert.equal(await part.Body!.transformToString(), '234')
    assert.equal(part.ContentRange, 'bytes 2-4/10')
    await assert.rejects(
      source.s3.send(new GetObjectCommand({ ...object('read'), IfNoneMatch: ETag })),
      (error: S3ServiceException) => error.$metadata.httpStatusCode === 304,
    )
    await assert.rejects(source.s3.send(new GetObjectCommand({ ...object('read'), IfMatch: '"0"' })))
    const { Contents } = await source.s3.send(
      new ListObjectsV2Command({ Bucket: bucket.bucket, Prefix: 'read' }),
    )
    assert.equal(Contents?.length, 1)
    assert.deepEqual(await source.received(), [])
  })

  it('from a browser is allowed by the preflight response', async () => {
    const headers = { Origin: 'http://localhost:3000', 'Access-Control-Request-Method': 'PUT' }
    const answer = await fetch(`${source.endpoint}/${bucket.bucket}/k`, { method: 'OPTIONS', headers })
    assert.equal(answer.status, 200)
    assert.equal(answer.headers.get('access-control-allow-origin'), '*')
  })
})
