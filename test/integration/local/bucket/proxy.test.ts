import assert from 'node:assert/strict'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type ClientRequest, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, it, type TestContext } from 'node:test'
import { setTimeout as delay } from 'node:timers/promises'
import { freePort } from '../../../../local/programs/ports.ts'
import { waitFor } from '../../../harness/wait-for.ts'
import { rawRequest } from './raw-request.ts'
import { newDataDir, startTestedSource, type TestedSource } from './tested-source.ts'

type Serve = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

/** Starts an S3 server with the test's handler, and an event source in front of it. */
async function start(
  test: TestContext,
  serve: Serve,
  { isS3Proxy = false } = {},
): Promise<TestedSource & { dataDir: string }> {
  const server = createServer(serve).on('checkContinue', serve)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const dataDir = newDataDir()
  const upstream = { endpoint: `http://127.0.0.1:${port}`, bucket: 'books' }
  const source = await startTestedSource(upstream, { isS3Proxy, dataDir, lateMs: 100 })
  test.after(async () => {
    await source.stop()
    server.closeAllConnections()
    server.close()
  })
  return { ...source, dataDir }
}

const ok: Serve = async (request, response) => {
  await text(request)
  response.setHeader('ETag', '"e"').end()
}

const names = (received: readonly { name: string; key: string }[]) =>
  received.map(({ name, key }) => `${name} ${key}`)

describe('the event proxy', () => {
  it('forwards path, headers and body unchanged', async (test) => {
    let seen: Pick<IncomingMessage, 'method' | 'url' | 'rawHeaders'> & { body: string } = {} as never
    const { endpoint } = await start(test, async (request, response) => {
      const { method, url, rawHeaders } = request
      if (url?.includes('weird')) seen = { method, url, rawHeaders, body: await text(request) }
      response.setHeader('X-Amz-Meta-Answer', 'yes').setHeader('ETag', '"e"').end()
    })
    const headers = {
      Host: 'signed.example:1234',
      'X-Amz-Meta-UPPER': 'a, b',
      'Content-Encoding': 'aws-chunked',
      Connection: 'keep-alive',
    }
    const body = '5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n'
    const path = '/books/weird%2f%C3%a9?X-Amz-Signature=a%2Fb&x-id=PutObject'
    const answer = await rawRequest(endpoint, 'PUT', path, { headers, send: (out) => out.end(body) })
    assert.equal(answer.headers['x-amz-meta-answer'], 'yes')
    assert.deepEqual([seen.method, seen.url, seen.body], ['PUT', path, body])
    const sent = Object.entries({ ...headers, 'Content-Length': String(body.length) })
    for (const [name, value] of sent) {
      assert.equal(seen.rawHeaders[seen.rawHeaders.indexOf(name) + 1], value, name)
    }
  })

  it('sends the last content byte of an aws-chunked body together with its trailer', async (test) => {
    const pieces: string[] = []
    const { endpoint } = await start(test, async (request, response) => {
      for await (const piece of request.setEncoding('utf8')) pieces.push(piece)
      response.end()
    })
    const headers = {
      'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
      'x-amz-decoded-content-length': '5',
    }
    const send = async (outgoing: ClientRequest) => {
      for (const piece of ['5\r\nhel', 'lo\r\n', '0\r\n', 'x-amz-checksum-crc32:AAAAAA==\r\n\r\n']) {
        outgoing.write(piece)
        await delay(20)
      }
      outgoing.end()
    }
    await rawRequest(endpoint, 'PUT', '/books/k', { headers, send })
    assert.equal(pieces.at(-1), 'o\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n')
  })

  it('writes the event to disk before it responds to the client', async (test) => {
    const source = await start(test, ok)
    const journal = () => readFile(join(source.dataDir, 's3-events', 'queue.journal'), 'utf8')
    await rawRequest(source.endpoint, 'PUT', '/books/at%20once')
    assert.match(await journal(), /"eventName":"ObjectCreated:Put".*"key":"at\+once"/)
    await rawRequest(source.endpoint, 'DELETE', '/books/at%20once')
    assert.match(await journal(), /"eventName":"ObjectRemoved:Delete".*"key":"at\+once"/)
  })

  it('responds 404 to an invocation of a function whose name is not URL-encoded UTF-8', async (test) => {
    const { endpoint } = await start(test, ok)
    for (const name of ['%', '%zz', 'ingest%E0%A4%A']) {
      const headers = { 'X-Amz-Invocation-Type': 'Event' }
      const path = `/2015-03-31/functions/${name}/invocations`
      const answer = await rawRequest(endpoint, 'POST', path, { headers })
      assert.equal(answer.status, 404)
      assert.equal(answer.headers['x-amzn-errortype'], 'ResourceNotFoundException')
      assert.ok(answer.body.includes(`Function not found: ${name}`), answer.body)
    }
  })

  it('writes the intent to disk before it forwards a change to the S3 server', async (test) => {
    let journal = ''
    const source = await start(test, async (request, response) => {
      if (request.url === '/books/intent') {
        journal = await readFile(join(source.dataDir, 's3-events', 'queue.journal'), 'utf8')
      }
      response.end()
    })
    await rawRequest(source.endpoint, 'DELETE', '/books/intent')
    assert.match(journal, /"intent":.*"key":"intent","kind":"delete"/)
  })

  it('makes pipelined changes one after another', async (test) => {
    const seen: string[] = []
    const { endpoint } = await start(test, async (request, response) => {
      if (request.url === '/books/slow') await delay(50)
      seen.push(`${request.method} ${request.url}`)
      response.end()
    })
    const requests = ['PUT /books/slow', 'PUT /books/next', 'DELETE /books/slow']
    const { hostname, port } = new URL(endpoint)
    const socket = connect(Number(port), hostname)
    const head = (request: string, i: number) => {
      const connection = i === requests.length - 1 ? 'close' : 'keep-alive'
      return `${request} HTTP/1.1\r\nHost: ${hostname}\r\nConnection: ${connection}\r\nContent-Length: 0\r\n\r\n`
    }
    socket.write(requests.map(head).join(''))
    assert.equal((await text(socket)).match(/^HTTP\/1.1 200/gm)?.length, requests.length)
    assert.deepEqual(seen, requests)
  })

  for (const [what, hash, atOnce] of [
    ['one at a time with a signed hash, which S3Proxy buffers', 'a'.repeat(64), 1],
    ['at the same time without one', 'UNSIGNED-PAYLOAD', 3],
  ] as const) {
    it(`forwards large bodies ${what}`, async (test) => {
      let running = 0
      let most = 0
      const hold: Serve = async (request, response) => {
        running++
        most = Math.max(most, running)
        await text(request)
        if (hash === 'UNSIGNED-PAYLOAD') await waitFor(() => most === 3, { within: 10_000 })
        running--
        response.setHeader('ETag', '"e"').end()
      }
      const { endpoint } = await start(test, hold, { isS3Proxy: true })
      const body = Buffer.alloc(9 * 1024 * 1024)
      const put = (key: string) =>
        rawRequest(endpoint, 'PUT', `/books/${key}`, {
          headers: { 'x-amz-content-sha256': hash, 'Content-Length': String(body.length) },
          send: (outgoing) => outgoing.end(body),
        })
      const answers = await Promise.all(['a', 'b', 'c'].map(put))
      assert.deepEqual([answers.map(({ status }) => status), most], [[200, 200, 200], atOnce])
    })
  }

  for (const [name, method, path, headers] of [
    ['copy', 'PUT', '/books/k', { 'x-amz-copy-source': '/books/other' }],
    ['multipart completion', 'POST', '/books/k?uploadId=u', {}],
  ] as const) {
    const xml = '<?xml version="1.0"?>\n<Error><Code>InternalError</Code></Error>'
    it(`treats a ${name} with status 200 and an error body as a failure`, async (test) => {
      const source = await start(test, (request, response) => {
        response.end(request.url?.startsWith('/books/k') ? xml : '')
      })
      const answer = await rawRequest(source.endpoint, method, path, { headers: { ...headers } })
      assert.deepEqual([answer.status, answer.body], [200, xml])
      assert.deepEqual(await source.received(), [])
    })
  }

  it('forwards keep-alive bytes of a completion, but its result only after the event is written', async (test) => {
    const parts = ['<?xml version="1.0"?>', '\n', ' \n', '<CompleteMultipart', 'UploadResult/>']
    const source = await start(test, async ({ method, url }, response) => {
      if (method === 'HEAD') return void response.setHeader('Content-Length', 7).end()
      if (!url?.includes('uploadId')) return void response.end()
      for (const part of parts) {
        response.write(part)
        await delay(20)
      }
      response.end()
    })
    const seen: string[] = []
    const answer = await fetch(`${source.endpoint}/books/k?uploadId=u`, { method: 'POST' })
    for await (const chunk of answer.body!) seen.push(Buffer.from(chunk).toString())
    assert.equal(seen.join(''), parts.join(''))
    assert.equal(seen.at(-1), '<CompleteMultipartUploadResult/>')
    assert.deepEqual(await source.received(), [
      { name: 'ObjectCreated:CompleteMultipartUpload', key: 'k', size: 7 },
    ])
  })
})

describe('the event proxy, for a request with Expect: 100-continue', () => {
  const headers = { Expect: '100-continue', 'Content-Length': '4' }

  it('forwards the header to the S3 server', async (test) => {
    const source = await start(test, async (request, response) => {
      if (request.headers.expect) response.writeContinue()
      await ok(request, response)
    })
    let continued = false
    const send = (outgoing: Parameters<NonNullable<Parameters<typeof rawRequest>[3]>['send'] & {}>[0]) => {
      outgoing.once('continue', () => {
        continued = true
        outgoing.end('body')
      })
      outgoing.flushHeaders()
    }
    const answer = await rawRequest(source.endpoint, 'PUT', '/books/k', { headers, send })
    assert.deepEqual([answer.status, continued], [200, true])
    assert.deepEqual(await source.received(), [{ name: 'ObjectCreated:Put', key: 'k', size: 4, eTag: 'e' }])
  })

  it('forwards a rejection without the body, and closes the connection', async (test) => {
    const source = await start(test, (request, response) => {
      response.writeHead(request.headers.expect ? 403 : 200).end()
    })
    const send = (outgoing: { flushHeaders(): void }) => outgoing.flushHeaders()
    const answer = await rawRequest(source.endpoint, 'PUT', '/books/k', { headers, send })
    assert.deepEqual([answer.status, answer.headers.connection], [403, 'close'])
    assert.deepEqual(await source.received(), [])
  })

  it('rejects an invalid request immediately, and closes the connection', async (test) => {
    const source = await start(test, ok)
    const send = (outgoing: { flushHeaders(): void }) => outgoing.flushHeaders()
    const answer = await rawRequest(source.endpoint, 'PUT', '/books/%E9', { headers, send })
    assert.deepEqual([answer.status, answer.headers.connection], [400, 'close'])
  })
})

describe('the event proxy, when the client or the S3 server disconnects', () => {
  it('aborts an upload when the client disconnects, and writes no event', async (test) => {
    let begun = false
    let aborted = false
    const source = await start(test, (request, response) => {
      if (request.url !== '/books/half') return void ok(request, response)
      begun = true
      request.resume().once('close', () => {
        aborted = !request.complete
      })
    })
    const headers = { 'Content-Length': '10000000' }
    const send = async (outgoing: ClientRequest) => {
      outgoing.write('x'.repeat(1_000_000))
      await waitFor(() => begun, { within: 10_000 })
      outgoing.destroy()
    }
    await assert.rejects(rawRequest(source.endpoint, 'PUT', '/books/half', { headers, send }))
    await waitFor(() => aborted, { within: 10_000 })
    assert.deepEqual(await source.received(), [])
  })

  it('writes the event of a change when the client disconnects before the response', async (test) => {
    let begun = false
    let mayAnswer = () => {}
    const gone = new Promise<void>((resolve) => {
      mayAnswer = resolve
    })
    const source = await start(test, async (request, response) => {
      await text(request)
      begun = true
      if (request.url === '/books/hasty') await gone
      response.setHeader('ETag', '"e"').end()
    })
    const send = async (outgoing: ClientRequest) => {
      outgoing.end('body')
      await waitFor(() => begun, { within: 10_000 })
      outgoing.destroy()
    }
    await assert.rejects(rawRequest(source.endpoint, 'PUT', '/books/hasty', { send }))
    mayAnswer()
    await waitFor(() => source.soFar().length, { within: 10_000 })
    assert.deepEqual(names(await source.received()), ['ObjectCreated:Put hasty'])
  })

  it('aborts a download when the client disconnects', async (test) => {
    let closed = false
    const source = await start(test, (_request, response) => {
      response.once('close', () => {
        closed = true
      })
      response.write('first bytes')
    })
    const answer = await fetch(`${source.endpoint}/books/k`)
    await answer.body!.cancel()
    await waitFor(() => closed, { within: 10_000 })
  })

  it('checks the result of a change without a response, immediately and again later', async (test) => {
    let heads = 0
    const source = await start(test, async (request, response) => {
      await text(request)
      if (request.url !== '/books/late') response.end()
      else if (request.method === 'PUT') request.socket.destroy()
      else response.writeHead(heads++ === 0 ? 404 : 200, { 'Content-Length': '4' }).end()
    })
    const answer = await rawRequest(source.endpoint, 'PUT', '/books/late', { send: (out) => out.end('body') })
    assert.equal(answer.status, 503)
    assert.match(answer.body, /<Code>ServiceUnavailable<\/Code>/)
    await waitFor(() => source.soFar().length === 2, { within: 10_000 })
    assert.deepEqual(names(await source.received()), ['ObjectRemoved:Delete late', 'ObjectCreated:Put late'])
  })

  it('forwards an error of the S3 server, and checks the result of the change', async (test) => {
    const source = await start(test, async (request, response) => {
      await text(request)
      response.writeHead(request.method === 'PUT' && request.url === '/books/k' ? 500 : 200).end()
    })
    const answer = await rawRequest(source.endpoint, 'PUT', '/books/k', { send: (out) => out.end('body') })
    assert.equal(answer.status, 500)
    await waitFor(() => source.soFar().length === 1, { within: 10_000 })
    assert.deepEqual(names(await source.received()), ['ObjectCreated:Put k'])
  })

  it('does not reuse a connection to an S3 server that may not have read a whole body', async (test) => {
    const sockets: unknown[] = []
    const { endpoint } = await start(test, ({ socket }, response) => {
      sockets.push(socket)
      response.writeHead(404).end()
    })
    await rawRequest(endpoint, 'PUT', '/books/k', { send: (outgoing) => outgoing.end('body') })
    await rawRequest(endpoint, 'GET', '/books/k')
    await rawRequest(endpoint, 'GET', '/books/k')
    assert.notEqual(sockets[0], sockets[1])
    assert.equal(sockets[1], sockets[2])
  })

  it('discards the rest of a body after an error of the S3 server', async (test) => {
    const { endpoint } = await start(test, (_, response) => void response.writeHead(404).end())
    const half = Buffer.alloc(1024 * 1024)
    let rest: ClientRequest | undefined
    const send = (outgoing: ClientRequest) => {
      outgoing.write(half)
      outgoing.once('response', () => outgoing.end(half))
      rest = outgoing
    }
    const headers = { 'Content-Length': String(2 * half.length) }
    const { status } = await rawRequest(endpoint, 'PUT', '/books/k', { headers, send })
    assert.equal(status, 404)
    await waitFor(() => rest!.writableFinished, { within: 10_000 })
  })

  it('responds 503 when the S3 server is unreachable, and keeps no intent of the change', async () => {
    const dataDir = newDataDir()
    const endpoint = `http://127.0.0.1:${await freePort()}`
    const source = await startTestedSource({ endpoint, bucket: 'books' }, { dataDir })
    const answer = await rawRequest(source.endpoint, 'PUT', '/books/k', { send: (out) => out.end('body') })
    assert.equal(answer.status, 503)
    await source.stop()
    const journal = await readFile(join(dataDir, 's3-events', 'queue.journal'), 'utf8')
    assert.equal(journal.split('\n').length - 1, 2, journal)
  })
})

describe('an event source', () => {
  it('reports the port that is in use', async (test) => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    test.after(() => server.close())
    const { port } = server.address() as { port: number }
    const upstream = { endpoint: 'http://127.0.0.1:1', bucket: 'books' }
    await assert.rejects(startTestedSource(upstream, { port }), { code: 'PORT_IN_USE', message: /S3_PORT/ })
  })

  it('rejects a data folder that another event source uses', async () => {
    const upstream = { endpoint: 'http://127.0.0.1:1', bucket: 'books' }
    const dataDir = newDataDir()
    const first = await startTestedSource(upstream, { dataDir })
    await assert.rejects(startTestedSource(upstream, { dataDir }), {
      code: 'PROCESS_FAILED',
      message: /DATA_DIR/,
    })
    await first.stop()
    await (await startTestedSource(upstream, { dataDir })).stop()
  })
})
