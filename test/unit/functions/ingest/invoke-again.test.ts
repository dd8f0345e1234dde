import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { after, describe, it } from 'node:test'
import { invokeAgain, nearsTimeout } from '../../../../functions/ingest/invoke-again.ts'
import { decodeTasks } from '../../../../functions/ingest/tasks.ts'

const invokedFunctionArn = 'arn:aws:lambda:us-east-1:000000000000:function:ingest'
const task = { bucket: 'books', key: 'a b/ü', from: { etag: '"e"', line: 7, byte: 99 } }
const context = { invokedFunctionArn, getRemainingTimeInMillis: () => 0 }

/** Lambda's Invoke, as far as it is used: page `API_Invoke`. */
async function lambdaAnswering(status: number) {
  const requests: { path: string; type: string; payload: string }[] = []
  const server = createServer(async (request, response) => {
    requests.push({
      path: decodeURIComponent(request.url ?? ''),
      type: String(request.headers['x-amz-invocation-type']),
      payload: await text(request),
    })
    response
      .writeHead(status, status === 403 ? { 'x-amzn-errortype': 'AccessDeniedException' } : {})
      .end('{}')
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  after(() => server.close())
  process.env.AWS_ENDPOINT_URL_LAMBDA = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  process.env.AWS_REGION = 'us-east-1'
  process.env.AWS_ACCESS_KEY_ID = 'local'
  process.env.AWS_SECRET_ACCESS_KEY = 'locallocal'
  return requests
}

describe('continuation of ingest', () => {
  it('invokes the function asynchronously with the remaining task', async () => {
    const requests = await lambdaAnswering(202)
    await invokeAgain(context, task)
    assert.deepEqual(
      requests.map(({ path, type }) => ({ path, type })),
      [{ path: `/2015-03-31/functions/${invokedFunctionArn}/invocations`, type: 'Event' }],
    )
    assert.deepEqual(decodeTasks(JSON.parse(requests[0]!.payload)), [{ ...task, invocation: 1 }])
  })

  it('fails as retryable without permission to invoke the function', async () => {
    await lambdaAnswering(403)
    await assert.rejects(invokeAgain(context, task), { code: 'NOT_CONTINUED', retryable: true })
  })

  it('is due with less than 30 s left, or less than half of a short timeout', () => {
    let remaining = 900_000
    const clock = { invokedFunctionArn, getRemainingTimeInMillis: () => remaining }
    const long = nearsTimeout(clock)
    remaining = 30_000
    assert.equal(long(), false)
    remaining = 29_999
    assert.equal(long(), true)
    remaining = 10_000
    const short = nearsTimeout(clock)
    remaining = 5_000
    assert.equal(short(), false)
    remaining = 4_999
    assert.equal(short(), true)
  })
})
