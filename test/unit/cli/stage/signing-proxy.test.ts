import assert from 'node:assert/strict'
import { request } from 'node:http'
import { after, before, describe, it } from 'node:test'
import type { ApiRequest } from '../../../../cli/stage/signed-api.ts'
import { type SigningProxy, signingProxy } from '../../../../cli/stage/signing-proxy.ts'

describe('signingProxy', () => {
  const sent: ApiRequest[] = []
  let proxy: SigningProxy
  before(async () => {
    const send = async (forwarded: ApiRequest) => {
      sent.push(forwarded)
      return new Response('{"books":[]}', {
        status: 200,
        headers: { 'content-type': 'application/json', etag: '"1"', 'set-cookie': 'a=b' },
      })
    }
    proxy = await signingProxy({ send }, 0)
  })
  after(() => proxy.close())

  it('forwards path, query and response, and drops cookies', async () => {
    const response = await fetch(`http://127.0.0.1:${proxy.port}/counts?order=newest`, {
      headers: { cookie: 'a=b', 'if-none-match': '"0"' },
    })
    assert.equal(await response.text(), '{"books":[]}')
    assert.deepEqual([response.headers.get('etag'), response.headers.get('set-cookie')], ['"1"', null])
    const { method, path, headers } = sent.at(-1)!
    assert.deepEqual([method, path], ['GET', '/counts?order=newest'])
    assert.deepEqual([headers?.['if-none-match'], headers?.cookie], ['"0"', undefined])
  })

  it('forwards the body of an upload', async () => {
    await fetch(`http://127.0.0.1:${proxy.port}/uploads`, { method: 'POST', body: '{"book":"a"}' })
    assert.equal(Buffer.from(sent.at(-1)!.body!).toString(), '{"book":"a"}')
  })

  for (const [what, headers] of [
    ['of another name of this machine', { host: 'evil.example.com' }],
    ['from a page of another site', { 'sec-fetch-site': 'cross-site' }],
  ] as const) {
    it(`rejects a request ${what}`, async () => {
      const before = sent.length
      const status = await new Promise<number | undefined>((resolve, reject) => {
        request({ host: '127.0.0.1', port: proxy.port, path: '/counts', headers }, (answer) =>
          resolve(answer.resume().statusCode),
        )
          .once('error', reject)
          .end()
      })
      assert.deepEqual([status, sent.length], [403, before])
    })
  }

  it('responds with the reason when the API cannot be reached', async () => {
    const send = async () => {
      throw new Error('The security token is expired')
    }
    const other = await signingProxy({ send }, 0)
    const response = await fetch(`http://127.0.0.1:${other.port}/counts`).finally(() => other.close())
    assert.deepEqual(
      [response.status, await response.text()],
      [502, '{"message":"The security token is expired"}'],
    )
  })

  it('reports a port that is in use', async () => {
    await assert.rejects(signingProxy({ send: async () => new Response() }, proxy.port), {
      code: 'PORT_IN_USE',
    })
  })
})
