import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { buffer } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { setImmediate as turn } from 'node:timers/promises'
import { type RawAnswer, rawRequest } from './raw-request.ts'
import { startTestedSource } from './tested-source.ts'

const md5 = (bytes: Buffer | string) => createHash('md5').update(bytes).digest('hex')

/**
 * An S3 server with two faults of S3Proxy: an object can be replaced after its ETag was read and before the object
 * is opened, and a key with a final slash stands for the object without it. Some turns of the event loop are in
 * between.
 */
async function startTearingServer(test: TestContext) {
  const objects = new Map<string, Buffer>([['/books', Buffer.alloc(0)]])
  const anyTurns = async () => {
    for (let i = Math.random() * 20; i > 0; i--) await turn()
  }
  const pathOf = (url = '') => decodeURIComponent(url.split('?')[0]!).replace(/\/$/, '')
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const path = pathOf(request.url)
    const copied = request.headers['x-amz-copy-source']
    const body = await buffer(request)
    const etagNow = () => {
      const bytes = objects.get(copied ? `/${copied}` : path)
      return bytes && `"${md5(bytes)}"`
    }
    const etag = etagNow()
    await anyTurns()
    const bytes = objects.get(copied ? `/${copied}` : path)
    switch (request.method) {
      case 'PUT':
        if (copied && etagNow() !== etag) return void response.writeHead(500).end()
        objects.set(path, copied ? bytes! : body)
        break
      case 'POST':
        for (const [, key] of body.toString().matchAll(/<(?:Key|ETag)>(.*?)</g)) {
          if (request.url!.includes('delete')) objects.delete(pathOf(`/books/${key}`))
          else objects.set(path, Buffer.from(`${key}\n`))
        }
        break
      case 'DELETE':
        objects.delete(path)
        break
      default:
        if ((etag === undefined) !== (bytes === undefined)) return void response.writeHead(500).end()
        if (etag !== undefined) response.setHeader('ETag', etag)
    }
    await anyTurns()
    if (request.method === 'POST') return void response.end('<DeleteResult/>')
    const reads = request.method === 'GET' || request.method === 'HEAD'
    response.writeHead(bytes || !reads ? 200 : 404).end(request.method === 'GET' && bytes)
  }
  const server = createServer(serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  test.after(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as { port: number }
  return { endpoint: `http://127.0.0.1:${port}`, bucket: 'books' }
}

type Request = (endpoint: string, edition: number) => Promise<unknown>

const put: Request = (endpoint, edition) =>
  rawRequest(endpoint, 'PUT', '/books/k', { send: (out) => out.end(`edition ${edition}\n`.repeat(edition)) })

const changes: Readonly<Record<string, Request>> = {
  'an upload': put,
  'a chunked upload without a length': (endpoint, edition) =>
    rawRequest(endpoint, 'PUT', '/books/k', {
      headers: { 'Transfer-Encoding': 'chunked' },
      send: (out) => {
        out.write(`edition ${edition}\n`)
        out.end('end\n')
      },
    }),
  'an aws-chunked upload': (endpoint, edition) => {
    const line = `edition ${edition % 10}\n`
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': String(line.length),
    }
    const body = `${line.length.toString(16)}\r\n${line}\r\n0\r\n\r\n`
    return rawRequest(endpoint, 'PUT', '/books/k', { headers, send: (out) => out.end(body) })
  },
  'an empty upload': (endpoint, edition) =>
    edition % 2 ? put(endpoint, edition) : rawRequest(endpoint, 'PUT', '/books/k'),
  'a completed multipart upload': (endpoint, edition) =>
    rawRequest(endpoint, 'POST', '/books/k?uploadId=u', {
      send: (out) => out.end(`<CompleteMultipartUpload><ETag>${edition}</ETag></CompleteMultipartUpload>`),
    }),
  'a copy': async (endpoint, edition) => {
    const source = `/books/source${edition % 2}`
    await rawRequest(endpoint, 'PUT', source, { send: (out) => out.end(`edition ${edition}\n`) })
    const headers = { 'x-amz-copy-source': source.slice(1) }
    assert.equal((await rawRequest(endpoint, 'PUT', '/books/k', { headers })).status, 200)
  },
  'a deletion': (endpoint, edition) =>
    edition % 2 ? put(endpoint, edition) : rawRequest(endpoint, 'DELETE', '/books/k'),
  'a bulk delete': (endpoint, edition) =>
    edition % 2
      ? put(endpoint, edition)
      : rawRequest(endpoint, 'POST', '/books?delete', {
          send: (out) => out.end('<Delete><Object><Key>k</Key></Object></Delete>'),
        }),
}

describe('a read through the event proxy, from a server that mixes editions', () => {
  for (const [name, change] of Object.entries(changes)) {
    it(`returns one whole edition during ${name}`, async (test) => {
      const source = await startTestedSource(await startTearingServer(test), { isS3Proxy: false })
      test.after(() => source.stop())
      let edition = 0
      const writer = async () => {
        while (edition < 120) await change(source.endpoint, ++edition)
      }
      let reads = 0
      const reader = async () => {
        while (edition < 120) {
          const { status, headers, body } = await rawRequest(source.endpoint, 'GET', '/books/k')
          assert.ok(status === 200 || status === 404, `${status}`)
          if (status === 200) assert.equal(headers.etag, `"${md5(body)}"`)
          reads++
        }
      }
      await Promise.all([writer(), writer(), writer(), reader(), reader(), reader()])
      assert.ok(reads > 3)
    })
  }

  it('does not wait for a slow upload', async (test) => {
    const source = await startTestedSource(await startTearingServer(test), { isS3Proxy: false })
    test.after(() => source.stop())
    await put(source.endpoint, 1)
    const headers = { 'Content-Length': '7' }
    const slow = rawRequest(source.endpoint, 'PUT', '/books/k', {
      headers,
      send: async (out) => {
        out.write('two\n')
        const { body } = await rawRequest(source.endpoint, 'GET', '/books/k')
        out.end(body === 'edition 1\n' ? 'ok\n' : 'no\n')
      },
    })
    assert.equal((await slow).status, 200)
    assert.equal((await rawRequest(source.endpoint, 'GET', '/books/k')).body, 'two\nok\n')
  })
})

const requestsWithSlash: Readonly<
  Record<string, readonly [number, (endpoint: string) => Promise<RawAnswer>]>
> = {
  'an upload': [409, (endpoint) => rawRequest(endpoint, 'PUT', '/books/k/')],
  'a deletion': [204, (endpoint) => rawRequest(endpoint, 'DELETE', '/books/k/')],
  'a bulk delete': [
    400,
    (endpoint) =>
      rawRequest(endpoint, 'POST', '/books?delete', {
        send: (out) => out.end('<Delete><Object><Key>k/</Key></Object></Delete>'),
      }),
  ],
  'a read': [404, (endpoint) => rawRequest(endpoint, 'GET', '/books/k/')],
}

describe('an object, on a server that confuses its key with the same key and a slash', () => {
  for (const [name, [rejected, request]] of Object.entries(requestsWithSlash)) {
    it(`is not changed by ${name} with a final slash at the same time`, async (test) => {
      const source = await startTestedSource(await startTearingServer(test), { isS3Proxy: true })
      test.after(() => source.stop())
      for (let edition = 1; edition <= 30; edition++) {
        const [, { body }] = await Promise.all([put(source.endpoint, edition), request(source.endpoint)])
        if (name === 'a read') assert.doesNotMatch(body, /^edition/)
        const { body: kept } = await rawRequest(source.endpoint, 'GET', '/books/k')
        assert.equal(kept, `edition ${edition}\n`.repeat(edition))
        assert.equal((await request(source.endpoint)).status, rejected)
        await rawRequest(source.endpoint, 'DELETE', '/books/k')
      }
    })
  }
})
