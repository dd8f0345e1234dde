import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { after, before, describe, it } from 'node:test'
import {
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
} from '@aws-sdk/client-s3'
import { Hash } from '@smithy/core/serde'
import { SignatureV4 } from '@smithy/signature-v4'
import { localCredentials, localRegion } from '../../../../local/settings/s3-credentials.ts'
import { startBucket, type TestBucket } from '../../../harness/bucket.ts'
import { rawRequest } from './raw-request.ts'
import { startTestedSource, type TestedSource } from './tested-source.ts'

const original = 'one\ntwo\n'

type Raw = {
  readonly method: string
  /** The path after the bucket; `KEY` is the object's key. */
  readonly path: string
  readonly body?: string | Buffer
  readonly headers?: Record<string, string>
}

const deleting = (body: string | Buffer, path = '/?delete'): Raw => ({ method: 'POST', path, body })

/** Requests that no SDK makes. `refused` must not change the object, `deleted` must delete it. */
const refused: Readonly<Record<string, Raw>> = {
  'a part without an upload': { method: 'PUT', path: '/KEY?partNumber=1', body: 'a\n' },
  UpdateObjectEncryption: { method: 'PUT', path: '/KEY?encryption', body: '<ObjectEncryption/>' },
  'a PUT of attributes': { method: 'PUT', path: '/KEY?attributes', body: 'a\n' },
  'a PUT of a select': { method: 'PUT', path: '/KEY?select', body: 'a\n' },
  RenameObject: { method: 'PUT', path: '/new?renameObject', headers: { 'x-amz-rename-source': 'KEY' } },
  'an append': { method: 'PUT', path: '/KEY', body: 'a\n', headers: { 'x-amz-write-offset-bytes': '8' } },
  'a copy on a condition of its destination': {
    method: 'PUT',
    path: '/KEY',
    headers: { 'x-amz-copy-source': 'any/object', 'if-none-match': '*' },
  },
  'a body that the S3 server reads as parameters': {
    method: 'PUT',
    path: '/KEY',
    body: 'a\n',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  },
  'a deletion of a part': { method: 'DELETE', path: '/KEY?partNumber=1' },
  'a deletion of an ACL': { method: 'DELETE', path: '/KEY?acl' },
  'a bulk delete on a key': deleting('<Delete><Object><Key>KEY</Key></Object></Delete>', '/anything?delete'),
  'a bulk delete in UTF-16': deleting(
    Buffer.from(
      '\ufeff<?xml version="1.0" encoding="UTF-16"?><Delete><Object><Key>KEY</Key></Object></Delete>',
      'utf16le',
    ),
  ),
  'a bulk delete with an entity': deleting(
    '<!DOCTYPE d [<!ENTITY k "KEY">]><Delete><Object><Key>&k;</Key></Object></Delete>',
  ),
  'a form upload': {
    method: 'POST',
    path: '',
    body: 'x',
    headers: { 'Content-Type': 'Multipart/Form-Data; boundary=B' },
  },
}

const deleted: Readonly<Record<string, Raw>> = {
  'in a CDATA section': deleting('<Delete><Object><Key><![CDATA[KEY]]></Key></Object></Delete>'),
  'after a comment': deleting(
    '<?xml version="1.0"?><!-- <Object> --><Delete><Object><Key>KEY</Key></Object></Delete>',
  ),
  'with a numeric reference': deleting('<Delete><Object><Key>&#x72;KEYREST</Key></Object></Delete>'),
  'with a prefix': deleting(
    '<d:Delete xmlns:d="http://s3.amazonaws.com/doc/2006-03-01/"><d:Object><d:Key>KEY</d:Key></d:Object></d:Delete>',
  ),
}

describe('a request that no SDK makes', () => {
  let bucket: TestBucket
  let source: TestedSource
  let number = 0
  before(async () => {
    bucket = await startBucket()
    source = await startTestedSource(bucket)
  })
  after(async () => {
    await source.stop()
    bucket.s3.destroy()
  })

  async function objectFor(raw: Raw): Promise<{ key: string; raw: Raw }> {
    const key = `raw-${number++}.txt`
    await source.s3.send(new PutObjectCommand({ Bucket: bucket.bucket, Key: key, Body: original }))
    await source.received()
    const withKey = (text: string) => text.replaceAll('KEYREST', key.slice(1)).replaceAll('KEY', key)
    const { method, path, body = '', headers = {} } = raw
    const named = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, withKey(value)]))
    const bytes =
      typeof body === 'string' ? withKey(body) : Buffer.from(withKey(body.toString('utf16le')), 'utf16le')
    return { key, raw: { method, path: withKey(path), body: bytes, headers: named } }
  }

  async function send({ method, path, body = '', headers = {} }: Raw) {
    const { hostname, port, host } = new URL(source.endpoint)
    const [pathname = '', query = ''] = `/${bucket.bucket}${path}`.split('?')
    const signer = new SignatureV4({
      service: 's3',
      region: localRegion,
      credentials: localCredentials,
      sha256: Hash.bind(undefined, 'sha256'),
      uriEscapePath: false,
    })
    const md5 = createHash('md5').update(body).digest('base64')
    const signed = await signer.sign({
      method,
      protocol: 'http:',
      hostname,
      port: Number(port),
      path: pathname,
      query: Object.fromEntries(new URLSearchParams(query)),
      headers: {
        host,
        'content-md5': md5,
        'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
        ...headers,
      },
      body,
    })
    return rawRequest(source.endpoint, method, `/${bucket.bucket}${path}`, {
      headers: { ...signed.headers, 'Content-Length': String(Buffer.byteLength(body)) },
      send: (outgoing) => outgoing.end(body),
    })
  }

  const contentOf = async (key: string) => {
    const { Body } = await bucket.s3.send(new GetObjectCommand({ Bucket: bucket.bucket, Key: key }))
    return Body!.transformToString()
  }

  for (const [name, request] of Object.entries(refused)) {
    it(`is rejected, and changes nothing: ${name}`, async () => {
      const { key, raw } = await objectFor(request)
      const { status, body } = await send(raw)
      assert.ok(status === 400 || status === 501, `${status} ${body}`)
      assert.match(body, /<Code>(?:NotImplemented|MalformedXML)<\/Code>/)
      assert.equal(await contentOf(key), original)
      assert.deepEqual(await source.received(), [])
    })
  }

  for (const [name, request] of Object.entries(deleted)) {
    it(`deletes with an event: a key ${name}`, async () => {
      const { key, raw } = await objectFor(request)
      const { status, body } = await send(raw)
      assert.equal(status, 200, body)
      await assert.rejects(bucket.s3.send(new HeadObjectCommand({ Bucket: bucket.bucket, Key: key })))
      assert.deepEqual(await source.received(), [{ name: 'ObjectRemoved:Delete', key }])
    })
  }

  /** The checksums of "a" and a line feed, by Python. */
  const checksums = {
    crc32: '3eqhBw==',
    crc32c: 'Cb3imw==',
    crc64nvme: 'a8h6bMuwWCo=',
    sha1: 'P3hoUOOHVQ/auDbtfm3Igd4jABs=',
    sha256: 'h0KPxSKAPTEGXnvOPPA/5HUJZjHl4Hu9eg/eYMTPJcc=',
  }
  const withTrailer = (path: string, declared: string, trailer: string): Raw => ({
    method: 'PUT',
    path,
    body: `2\r\na\n\r\n0\r\n${trailer}\r\n\r\n`,
    headers: {
      'content-encoding': 'aws-chunked',
      'content-md5': createHash('md5').update('a\n').digest('base64'),
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '2',
      'x-amz-trailer': declared,
    },
  })

  for (const [algorithm, checksum] of Object.entries(checksums)) {
    const name = `x-amz-checksum-${algorithm}`
    it(`is accepted with a correct ${algorithm} after the body, and rejected with another`, async () => {
      const { key, raw } = await objectFor(withTrailer('/KEY', name, `${name}:${checksum}`))
      const wrong = withTrailer(raw.path, name, `${name}:B${checksum.slice(1)}`)
      const object = { Bucket: bucket.bucket, Key: key }
      const { UploadId } = await bucket.s3.send(new CreateMultipartUploadCommand(object))
      for (const path of [raw.path, `${raw.path}?partNumber=1&uploadId=${UploadId}`]) {
        const { status, body } = await send({ ...wrong, path })
        assert.deepEqual([status, /<Code>(.*?)</.exec(body)?.[1]], [400, 'BadDigest'])
        assert.match(body, new RegExp(`The ${algorithm} you`, 'i'))
      }
      assert.deepEqual(await source.received(), [])
      assert.equal(await contentOf(key), original)
      const listed = await bucket.s3.send(new ListObjectsV2Command({ Bucket: bucket.bucket, Prefix: key }))
      assert.deepEqual(
        listed.Contents?.map(({ Key }) => Key),
        [key],
      )
      const { status, body } = await send(raw)
      assert.equal(status, 200, body)
      assert.equal(await contentOf(key), 'a\n')
      assert.equal((await source.received()).length, 1)
    })
  }

  for (const [what, announced] of [
    ['shorter', '5'],
    ['longer', '1'],
  ] as const) {
    it(`is rejected if it is ${what} than announced`, async () => {
      const put = withTrailer('/KEY', 'x-amz-checksum-sha1', `x-amz-checksum-sha1:${checksums.sha1}`)
      const headers = { ...put.headers, 'x-amz-decoded-content-length': announced }
      const { key, raw } = await objectFor({ ...put, headers })
      const { status, body } = await send(raw)
      assert.deepEqual([status, /<Code>(.*?)</.exec(body)?.[1]], [400, 'IncompleteBody'])
      assert.equal(await contentOf(key), original)
      assert.deepEqual(await source.received(), [])
    })
  }

  it('is rejected without the checksum that it announces', async () => {
    const { key, raw } = await objectFor(withTrailer('/KEY', 'x-amz-checksum-sha1', 'x-amz-meta-other:1'))
    assert.match((await send(raw)).body, /MalformedTrailerError/)
    assert.equal(await contentOf(key), original)
    assert.deepEqual(await source.received(), [])
  })

  it('is accepted with a signed header of its connection', async () => {
    const { key, raw } = await objectFor({
      method: 'PUT',
      path: '/KEY',
      body: 'a\n',
      headers: { 'keep-alive': 'timeout=75' },
    })
    const { status, headers, body } = await send(raw)
    assert.equal(status, 200, body)
    assert.equal(headers['keep-alive'], undefined)
    assert.equal(await contentOf(key), 'a\n')
  })

  it('with two lengths is rejected with an error of S3', async () => {
    const { status, body } = await rawRequest(source.endpoint, 'PUT', `/${bucket.bucket}/k`, {
      headers: { 'Content-Length': '2', 'Transfer-Encoding': 'chunked' },
      send: (outgoing) => outgoing.end('a\n'),
    })
    assert.equal(status, 400)
    assert.match(body, /<Code>BadRequest<\/Code>.*Content-Length/)
  })

  it('for tags returns none for an object, and an error for a missing object', async () => {
    const { raw } = await objectFor({ method: 'GET', path: '/KEY?tagging' })
    assert.match((await send(raw)).body, /<TagSet><\/TagSet>/)
    const missing = await send({ method: 'GET', path: '/missing?tagging' })
    assert.match(missing.body, /NoSuchKey/)
  })
})
