import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { AppError } from '../../../lib/errors.ts'
import { type HttpRequest, json, serve } from '../../../lib/http.ts'
import { type Log, silentLog } from '../../../lib/log.ts'

describe('an HTTP response', () => {
  it('has an entity tag, and is 304 without a body when the client has that tag', async () => {
    const first = await get({})
    assert.equal(first.statusCode, 200)
    for (const tag of [first.headers.etag!, `"x", ${first.headers.etag}`, '*']) {
      const again = await get({ 'if-none-match': tag })
      assert.deepEqual([again.statusCode, again.body, again.headers.etag], [304, '', first.headers.etag])
    }
    assert.equal((await get({ 'if-none-match': '"x"' })).statusCode, 200)
    assert.notEqual((await get({}, { other: 1 })).headers.etag, first.headers.etag)
  })

  it('is compressed when it is large and the client accepts gzip', async () => {
    const large = { text: 'x'.repeat(5_000) }
    const zipped = await get({ 'accept-encoding': 'br, gzip' }, large)
    assert.equal(zipped.isBase64Encoded, true)
    assert.equal(zipped.headers['content-encoding'], 'gzip')
    assert.deepEqual(JSON.parse(gunzipSync(Buffer.from(zipped.body, 'base64')).toString()), large)
    const plain = await get({}, large)
    assert.deepEqual(JSON.parse(plain.body), large)
    assert.equal(plain.headers.etag, zipped.headers.etag)
    assert.equal((await get({ 'accept-encoding': 'gzip' })).isBase64Encoded, undefined)
  })

  it('forbids scripts, framing and content sniffing', async () => {
    const { headers } = await get({})
    assert.equal(headers['content-security-policy'], "default-src 'none'; frame-ancestors 'none'")
    assert.equal(headers['x-content-type-options'], 'nosniff')
    assert.equal(headers['content-type'], 'application/json; charset=utf-8')
  })

  it('describes an error in JSON, with the status of its code', async () => {
    const statuses = [
      [new AppError('NOT_FOUND', 'Gone.'), 404],
      [new AppError('REQUEST_INVALID', 'Wrong.'), 400],
      [new AppError('UPLOAD_TOO_LARGE', 'Big.'), 413],
      [new AppError('UPLOAD_TYPE_REFUSED', 'Unsupported.'), 415],
      [new AppError('KAFKA_UNAVAILABLE', 'Unreachable.', { retryable: true }), 503],
      [new AppError('KAFKA_REFUSED', 'Closed.'), 500],
    ] as const
    for (const [error, status] of statuses) {
      const answer = await serve({ 'GET /': () => Promise.reject(error) }, request({}), silentLog)
      assert.equal(answer.statusCode, status)
      assert.deepEqual(JSON.parse(answer.body), { code: error.code, message: error.message })
    }
  })

  it('is logged for an error of the service, not for an error of the client', async () => {
    const logged: string[] = []
    const log = { ...silentLog, error: (text: string) => logged.push(text) } as Log
    await serve({ 'GET /': () => Promise.reject(new AppError('NOT_FOUND', 'Gone.')) }, request({}), log)
    assert.deepEqual(logged, [])
    await serve({ 'GET /': () => Promise.reject(new AppError('KAFKA_REFUSED', 'No.')) }, request({}), log)
    assert.equal(logged.length, 1)
  })

  it('is Lambda’s own error for an unexpected error', async () => {
    const broken = serve({ 'GET /': () => Promise.reject(new TypeError('x')) }, request({}), silentLog)
    await assert.rejects(broken, TypeError)
  })

  it('is 404 for an unknown route', async () => {
    assert.equal((await serve({}, request({}), silentLog)).statusCode, 404)
  })
})

function request(headers: Record<string, string>): HttpRequest {
  return { routeKey: 'GET /', headers }
}

function get(headers: Record<string, string>, value: unknown = { a: 1 }) {
  return serve({ 'GET /': () => json(200, value) }, request(headers), silentLog)
}
