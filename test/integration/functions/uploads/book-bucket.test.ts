import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { HeadObjectCommand } from '@aws-sdk/client-s3'
import { Presigner } from '../../../../functions/uploads/presigned-put.ts'
import { localCredentials, localRegion } from '../../../../local/bucket/s3-credentials.ts'
import { startBucket, type TestBucket } from '../../../harness/bucket.ts'

const environment = {
  AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
  AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  AWS_REGION: localRegion,
}
const hour = 3_600_000

describe('a presigned PUT, on a real S3 server', () => {
  let bucket: TestBucket
  let presigner: Presigner
  before(async () => {
    Object.assign(process.env, environment)
    bucket = await startBucket()
    presigner = new Presigner({ uploadEndpoint: new URL(bucket.endpoint), bucket: bucket.bucket })
  })
  after(() => bucket.s3.destroy())

  it('stores a book under its name, whatever is in the name', async () => {
    for (const book of ['a.txt', 'dir/ü b+c%41 &?#=📚.txt', "it's (1)!*.txt"]) {
      const { url, headers } = await presigner.put({ book, size: 5, type: 'text/plain' })
      const stored = await fetch(url, { method: 'PUT', body: 'hello', headers })
      assert.equal(stored.status, 200)
      const { ETag, ContentType } = await bucket.s3.send(
        new HeadObjectCommand({ Bucket: bucket.bucket, Key: book }),
      )
      assert.deepEqual([ETag, ContentType], [stored.headers.get('etag'), 'text/plain'])
    }
  })

  it('takes exactly the size, the type and the name that it was signed for', async () => {
    const { url, headers } = await presigner.put({ book: 'b', size: 5, type: 'text/plain' })
    const status = async (target: string, init: RequestInit) =>
      (await fetch(target, { method: 'PUT', ...init })).status
    assert.equal(await status(url, { body: 'longer', headers }), 403)
    assert.equal(await status(url, { body: 'less', headers }), 403)
    assert.equal(await status(url, { body: 'hello', headers: { 'content-type': 'text/html' } }), 403)
    assert.equal(await status(url.replace('/b?', '/c?'), { body: 'hello', headers }), 403)
  })

  it('is good for a quarter of an hour', async () => {
    const { url, headers } = await presigner.put(
      { book: 'c', size: 5, type: 'text/plain' },
      Date.now() - hour,
    )
    assert.equal((await fetch(url, { method: 'PUT', body: 'hello', headers })).status, 403)
    const { expiresAt } = await presigner.put({ book: 'c', size: 5, type: 'text/plain' }, 0)
    assert.equal(expiresAt, '1970-01-01T00:15:00.000Z')
  })

  it('may be sent by a page from elsewhere, which may read the ETag', async () => {
    const { url } = await presigner.put({ book: 'd', size: 5, type: 'text/plain' })
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
