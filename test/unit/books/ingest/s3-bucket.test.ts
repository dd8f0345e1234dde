import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { after, describe, it } from 'node:test'
import { S3Client } from '@aws-sdk/client-s3'
import { S3Bucket, s3ClientSettings } from '../../../../books/ingest/s3-bucket.ts'
import { ObjectChanged, TornEdition } from '../../../../books/ingest/stored-book.ts'

type Answer = (request: IncomingMessage, response: ServerResponse) => void

const etag = '"0123456789abcdef"'
const slowDown: Answer = (_, response) => {
  response.writeHead(503, { 'Content-Type': 'application/xml' })
  response.end('<Error><Code>SlowDown</Code><Message>Please reduce your request rate.</Message></Error>')
}

/** A fake S3 that sends these responses in order, and then repeats the last one. */
async function bucketAnswering(...answers: Answer[]) {
  const requests: { method: string; url: string; range: string | undefined; ifMatch: string | undefined }[] =
    []
  const checksumModes: unknown[] = []
  const sdkAttempts: unknown[] = []
  let connections = 0
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    requests.push({ method, url, range: headers.range, ifMatch: headers['if-match'] })
    checksumModes.push(headers['x-amz-checksum-mode'])
    sdkAttempts.push(headers['amz-sdk-request'])
    const answer = answers.length > 1 ? answers.shift() : answers[0]
    answer!(request, response)
  })
  server.on('connection', () => connections++)
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const s3 = new S3Client({
    ...s3ClientSettings,
    endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'locallocal' },
  })
  after(() => {
    s3.destroy()
    server.close()
  })
  const bucketOf = (name: string) => new S3Bucket(s3, name)
  const connectionCount = () => connections
  return { bucketOf, bucket: bucketOf('books'), requests, checksumModes, sdkAttempts, connectionCount }
}

function object(text: string): Answer {
  return (_, response) => {
    response.writeHead(200, { ETag: etag, 'Content-Length': Buffer.byteLength(text) }).end(text)
  }
}

/** Sends the first bytes of a body, then breaks the connection. */
function broken(text: string, bytes: number): Answer {
  return (_, response) => {
    response.writeHead(200, { ETag: etag, 'Content-Length': Buffer.byteLength(text) })
    response.write(text.slice(0, bytes), () => response.destroy())
  }
}

async function textOf(bucket: S3Bucket, key: string): Promise<string> {
  const book = await bucket.open(key)
  const chunks: Buffer[] = []
  for await (const chunk of book!.chunks) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('S3Bucket', () => {
  it('uses the middleware of the SDK only to repeat a failed request', async () => {
    const { bucket, sdkAttempts } = await bucketAnswering(
      object('Call me Ishmael'),
      object(''),
      slowDown,
      object('Call me Ishmael'),
    )
    assert.equal(await textOf(bucket, 'moby'), 'Call me Ishmael')
    assert.equal(await bucket.etag('moby'), etag)
    assert.equal(await textOf(bucket, 'moby'), 'Call me Ishmael')
    assert.deepEqual(sdkAttempts, [undefined, undefined, undefined, 'attempt=1; max=3'])
  })

  it('keeps one connection', async () => {
    const { bucket, connectionCount } = await bucketAnswering(object('Call me Ishmael'))
    for (let i = 0; i < 5; i++) {
      assert.equal(await textOf(bucket, 'moby'), 'Call me Ishmael')
      await bucket.etag('moby')
    }
    assert.equal(connectionCount(), 1)
  })

  it('reads an object whose length is not announced', async () => {
    const { bucket } = await bucketAnswering((_, response) => {
      response.writeHead(200, { ETag: etag })
      response.write('Call me ')
      response.end('Ishmael')
    })
    assert.equal(await textOf(bucket, 'moby'), 'Call me Ishmael')
  })

  it('reads each of several buckets at the same time', async () => {
    const { bucketOf } = await bucketAnswering(({ url = '' }, response) => {
      response.writeHead(200, { ETag: etag, 'Content-Length': url.length }).end(url)
    })
    const names = ['books', 'other', 'third']
    const texts = await Promise.all(names.map((name) => textOf(bucketOf(name), 'moby')))
    assert.deepEqual(
      texts,
      names.map((name) => `/${name}/moby?x-id=GetObject`),
    )
  })

  it('recognizes gzip and encodings that ingest cannot decode', async () => {
    const readings = {
      gzip: [true, undefined],
      'X-GZIP,aws-chunked': [true, undefined],
      'utf-8': [false, undefined],
      br: [false, 'br'],
      'aws-chunked, zstd': [false, 'zstd'],
      deflate: [false, 'deflate'],
      'x-compress': [false, 'compress'],
    }
    for (const [coding, expected] of Object.entries(readings)) {
      const { bucket } = await bucketAnswering((_, response) => {
        response.writeHead(200, { ETag: etag, 'Content-Encoding': coding, 'Content-Length': 1 }).end('x')
      })
      const book = await bucket.open('moby')
      assert.deepEqual([book?.gzip, book?.unsupportedEncoding], expected, coding)
      for await (const _ of book!.chunks) break
    }
  })

  it('resumes at the first missing byte, of the same edition only', async () => {
    const rest: Answer = (_, response) => {
      response
        .writeHead(206, { ETag: etag, 'Content-Length': 7, 'Content-Range': 'bytes 8-14/15' })
        .end('Ishmael')
    }
    const { bucket, requests } = await bucketAnswering(broken('Call me Ishmael', 8), rest)
    assert.equal(await textOf(bucket, 'moby'), 'Call me Ishmael')
    assert.deepEqual(requests, [
      { method: 'GET', url: '/books/moby?x-id=GetObject', range: undefined, ifMatch: undefined },
      { method: 'GET', url: '/books/moby?x-id=GetObject', range: 'bytes=8-', ifMatch: etag },
    ])
  })

  it('does not resume with another edition when the server ignores If-Match', async () => {
    const other: Answer = (_, response) => {
      const headers = { ETag: '"other"', 'Content-Length': 7, 'Content-Range': 'bytes 8-14/15' }
      response.writeHead(206, headers).end('Ishmael')
    }
    const { bucket, requests } = await bucketAnswering(broken('Call me Ishmael', 8), other)
    await assert.rejects(textOf(bucket, 'moby'), ObjectChanged)
    assert.equal(requests.length, 2)
    await assert.rejects(bucket.open('moby', { etag, byte: 8 }), ObjectChanged)
  })

  it('resumes a response without Content-Length when the connection breaks', async () => {
    const part =
      (status: number, text: string, end: (response: ServerResponse) => void): Answer =>
      (_, response) => {
        response.writeHead(status, { ETag: etag, ...(status === 206 && { 'Content-Range': 'bytes 8-14/*' }) })
        response.write(text, () => end(response))
      }
    const { bucket } = await bucketAnswering(
      part(200, 'Call me ', (response) => response.destroy()),
      part(206, 'Ishmael', (response) => response.end()),
    )
    assert.equal(await textOf(bucket, 'moby'), 'Call me Ishmael')
  })

  it('retries when S3 responds with SlowDown, before and during the read', async () => {
    const rest: Answer = (_, response) => {
      response
        .writeHead(206, { ETag: etag, 'Content-Length': 7, 'Content-Range': 'bytes 8-14/15' })
        .end('Ishmael')
    }
    const answers = [slowDown, broken('Call me Ishmael', 8), slowDown, slowDown, slowDown, slowDown, rest]
    const { bucket } = await bucketAnswering(...answers)
    assert.equal(await textOf(bucket, 'moby'), 'Call me Ishmael')
  })

  it('fails as retryable when S3 continues to respond with SlowDown', async () => {
    const { bucket } = await bucketAnswering(slowDown)
    await assert.rejects(bucket.open('moby'), { code: 'BUCKET_UNAVAILABLE', retryable: true })
    await assert.rejects(bucket.etag('moby'), { code: 'BUCKET_UNAVAILABLE', retryable: true })
  })

  for (const [code, advice] of [
    ['AccessDenied', /requires s3:GetObject/],
    ['InvalidObjectState', /Denied\. Restore the object/],
  ] as const) {
    it(`advises what to do after ${code}`, async () => {
      const { bucket } = await bucketAnswering((_, response) => {
        response.writeHead(403, { 'Content-Type': 'application/xml' })
        response.end(`<Error><Code>${code}</Code><Message>Denied</Message></Error>`)
      })
      const denied = { code: 'BUCKET_UNAVAILABLE', retryable: false, message: advice }
      await assert.rejects(bucket.open('moby'), denied)
    })
  }

  for (const [what, status, headers] of [
    ['ignores the range and contains the whole object', 200, {}],
    ['contains other bytes than requested', 206, { 'Content-Range': 'bytes 0-14/15' }],
    ['does not name its range', 206, {}],
  ] as const) {
    it(`rejects a response that ${what}`, async () => {
      const whole: Answer = (_, response) => {
        response.writeHead(status, { ETag: etag, 'Content-Length': 15, ...headers }).end('Call me Ishmael')
      }
      const refusal = { code: 'BUCKET_UNAVAILABLE', message: /"moby" was requested from byte 8.*Range/ }
      const { bucket, requests } = await bucketAnswering(broken('Call me Ishmael', 8), whole)
      await assert.rejects(textOf(bucket, 'moby'), refusal)
      assert.equal(requests.length, 2)
      const { bucket: other } = await bucketAnswering(whole)
      await assert.rejects(other.open('moby', { etag, byte: 8 }), refusal)
    })
  }

  it('throws TornEdition when the bytes do not match the ETag, and accepts matching bytes later', async () => {
    const etag = '"900150983cd24fb0d6963f7d28e17f72"' // of "abc"
    const answering =
      (text: string): Answer =>
      (_, response) => {
        response.writeHead(200, { ETag: etag, 'Content-Length': text.length }).end(text)
      }
    const { bucket } = await bucketAnswering(answering('abcd'), answering('abc'))
    await assert.rejects(textOf(bucket, 'moby'), TornEdition)
    assert.equal(await textOf(bucket, 'moby'), 'abc')
  })

  it('throws TornEdition when a multipart upload does not match its checksum, also in a resumed read', async () => {
    const ofParts = {
      ETag: '"0123456789abcdef0123456789abcdef-2"',
      'x-amz-checksum-crc32': 'y/Q5Jg==', // of "123456789"
      'x-amz-checksum-type': 'FULL_OBJECT',
      'Content-Length': 9,
    }
    const first: Answer = (_, response) => {
      response.writeHead(200, ofParts)
      response.write('12345', () => response.destroy())
    }
    const rest =
      (text: string): Answer =>
      (_, response) => {
        response.writeHead(206, { ...ofParts, 'Content-Length': 4, 'Content-Range': 'bytes 5-8/9' }).end(text)
      }
    const { bucket, checksumModes } = await bucketAnswering(first, rest('6780'), first, rest('6789'))
    await assert.rejects(textOf(bucket, 'moby'), TornEdition)
    assert.equal(await textOf(bucket, 'moby'), '123456789')
    assert.deepEqual(checksumModes, Array(4).fill('ENABLED'))
  })

  it('ignores a checksum of checksums', async () => {
    const composite: Answer = (_, response) => {
      const checksum = { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-type': 'COMPOSITE' }
      response.writeHead(200, { ETag: '"0-2"', 'Content-Length': 4, ...checksum }).end('text')
    }
    const { bucket } = await bucketAnswering(composite)
    assert.equal(await textOf(bucket, 'moby'), 'text')
  })

  it('encodes every key, so that no part of it acts as a folder, a query or a line end', async () => {
    const names = [
      '../../etc/passwd',
      './a//b/',
      'a?b#c&d=e',
      'two\nlines\r',
      '"it\'s"',
      '📚 ü+%20',
      'x'.repeat(1024),
    ]
    const { bucket, requests } = await bucketAnswering(object('text'))
    for (const name of names) assert.equal(await textOf(bucket, name), 'text')
    const requested = requests.map(({ url }) =>
      decodeURIComponent(/^\/books\/([^?]*)\?/.exec(url)?.[1] ?? ''),
    )
    assert.deepEqual(requested, names)
  })
})
