import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3'
import { BookBucket } from '../../../../functions/uploads/book-bucket.ts'
import { localCredentials, localRegion } from '../../../../local/settings/s3-credentials.ts'
import { startBucket, type TestBucket } from '../../../harness/bucket.ts'

const environment = {
  AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  AWS_REGION: localRegion,
}
const hour = 3_600_000

describe('the bucket of the books, on a real S3 server', () => {
  let bucket: TestBucket
  let books: BookBucket
  before(async () => {
    Object.assign(process.env, environment)
    bucket = await startBucket()
    books = new BookBucket({ uploadEndpoint: new URL(bucket.endpoint), bucket: bucket.bucket })
  })
  after(() => bucket.s3.destroy())

  it('presigns a download that a browser saves as a file, with any characters in its name', async () => {
    for (const book of ['a.txt', 'dir/ü b+c%41 &?#=📚.txt', "it's (1)!*.txt"]) {
      await bucket.s3.send(new PutObjectCommand({ Bucket: bucket.bucket, Key: book, Body: 'hello' }))
      const response = await fetch((await books.presignGet(book)).url)
      assert.equal(await response.text(), 'hello')
      const file = /^attachment; filename\*=UTF-8''(.+)$/.exec(
        response.headers.get('content-disposition')!,
      )![1]!
      assert.equal(decodeURIComponent(file), book.split('/').at(-1))
    }
  })

  it('removes a book, and accepts a missing one', async () => {
    const Key = 'to remove.txt'
    await bucket.s3.send(new PutObjectCommand({ Bucket: bucket.bucket, Key, Body: 'hello' }))
    await books.remove(Key)
    await books.remove(Key)
    await assert.rejects(bucket.s3.send(new HeadObjectCommand({ Bucket: bucket.bucket, Key })), {
      name: 'NotFound',
    })
  })

  it('presigns an upload that stores a book under its name, with any characters in it', async () => {
    for (const book of ['a.txt', 'dir/ü b+c%41 &?#=📚.txt', "it's (1)!*.txt"]) {
      const { url, headers } = await books.presignPut({ book, size: 5, type: 'text/plain' })
      const stored = await fetch(url, { method: 'PUT', body: 'hello', headers })
      assert.equal(stored.status, 200)
      const { ETag, ContentType } = await bucket.s3.send(
        new HeadObjectCommand({ Bucket: bucket.bucket, Key: book }),
      )
      assert.deepEqual([ETag, ContentType], [stored.headers.get('etag'), 'text/plain'])
    }
  })

  it('presigns exactly one size, type and name', async () => {
    const { url, headers } = await books.presignPut({ book: 'b', size: 5, type: 'text/plain' })
    const status = async (target: string, init: RequestInit) =>
      (await fetch(target, { method: 'PUT', ...init })).status
    assert.equal(await status(url, { body: 'longer', headers }), 403)
    assert.equal(await status(url, { body: 'less', headers }), 403)
    assert.equal(await status(url, { body: 'hello', headers: { 'content-type': 'text/html' } }), 403)
    assert.equal(await status(url.replace('/b?', '/c?'), { body: 'hello', headers }), 403)
  })

  it('presigns an upload that expires after 15 minutes', async () => {
    const { url, headers } = await books.presignPut(
      { book: 'c', size: 5, type: 'text/plain' },
      Date.now() - hour,
    )
    assert.equal((await fetch(url, { method: 'PUT', body: 'hello', headers })).status, 403)
    const { expiresAt } = await books.presignPut({ book: 'c', size: 5, type: 'text/plain' }, 0)
    assert.equal(expiresAt, '1970-01-01T00:15:00.000Z')
  })

  it('allows a page from another origin to upload, and to read the ETag', async () => {
    const { url } = await books.presignPut({ book: 'd', size: 5, type: 'text/plain' })
    const { status, headers } = await fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin: 'http://localhost:3000',
        'access-control-request-method': 'PUT',
        'access-control-request-headers': 'content-type',
      },
    })
    assert.equal(status, 200)
    assert.match(headers.get('access-control-allow-origin')!, /^(\*|http:\/\/localhost:3000)$/)
    assert.match(headers.get('access-control-allow-methods')!, /PUT/)
    assert.match(headers.get('access-control-allow-headers')!, /content-type|\*/)
    assert.match(headers.get('access-control-expose-headers')!, /ETag/i)
  })
})
