import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import type { KafkaEvent } from '../../../../lambda/kafka-event.ts'
import { kafkaEvent, newTopic, provisioned, startService } from '../../../harness/event-source.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { produce } from '../../../harness/produce.ts'
import { waitFor } from '../../../harness/wait-for.ts'

type Test = { after(close: () => Promise<void>): void }
type Invocation = { readonly path: string; readonly event: KafkaEvent }
type Answer = { readonly status?: number; readonly headers?: Record<string, string>; readonly body: string }

test('lambdaEndpoint: invokes the deployed function, and retries until it succeeds', {
  skip: withoutKcat,
}, async (t) => {
  const answers: Answer[] = [
    { status: 429, headers: { 'x-amzn-errortype': 'TooManyRequestsException' }, body: '{}' },
    {
      headers: { 'x-amz-function-error': 'Unhandled' },
      body: '{"errorType":"AppError","errorMessage":"not yet"}',
    },
  ]
  const { endpoint, invocations } = await startLambda(t, answers)
  const at = await newTopic()
  await produce(at, ['one', 'two'])
  const { mapping, lines } = await startService(t, {
    serviceDir: '.',
    functions: {
      fn: { handler: 'is/not.here', name: 'service-prod-fn', events: [kafkaEvent(at)], timeout: 30 },
    },
    custom: { lambdaEndpoint: endpoint, maxBackoffSeconds: 0 },
  })
  await waitFor(() => mapping.counters.CommittedEventCount, { within: 30_000, until: (n) => n === 2 })
  const { path, event } = invocations[0]!
  assert.equal(path, '/2015-03-31/functions/service-prod-fn/invocations')
  const values = Object.values(event.records)
    .flat()
    .map(({ value }) => Buffer.from(value!, 'base64').toString())
  assert.deepEqual(values, ['one', 'two'])
  assert.deepEqual(
    invocations.map(({ event }) => event),
    [event, event, event],
  )
  assert.ok(lines.some((line) => line.includes('TooManyRequestsException')))
  assert.ok(lines.some((line) => line.includes('AppError: not yet')))
})

test('throttles and service errors do not count as MaximumRetryAttempts', {
  skip: withoutKcat,
}, async (t) => {
  const answers: Answer[] = [
    { status: 429, headers: { 'x-amzn-errortype': 'TooManyRequestsException' }, body: '{}' },
    { status: 500, headers: { 'x-amzn-errortype': 'ServiceException' }, body: '{}' },
    { status: 502, headers: { 'x-amzn-errortype': 'EC2ThrottledException' }, body: '{}' },
    { headers: { 'x-amz-function-error': 'Unhandled' }, body: '{"errorType":"Error","errorMessage":"bad"}' },
  ]
  const { endpoint, invocations } = await startLambda(t, answers)
  const at = await newTopic()
  await produce(at, ['one'])
  const { mapping, lines } = await startService(t, {
    serviceDir: '.',
    functions: { fn: { handler: 'is/not.here', name: 'service-prod-fn', events: [kafkaEvent(at)] } },
    resources: provisioned(at.topic, { MaximumRetryAttempts: 0 }),
    custom: { lambdaEndpoint: endpoint, maxBackoffSeconds: 0 },
  })
  await waitFor(() => mapping.counters.CommittedEventCount, { within: 30_000, until: (n) => n === 1 })
  assert.equal(invocations.length, 4)
  assert.ok(lines.some((line) => line.endsWith('[0] 0 (1) dropped: RetryAttemptsExhausted')))
})

/** Lambda's Invoke: records its requests, and sends these responses in turn, then success. */
async function startLambda(test: Test, answers: Answer[]) {
  process.env.AWS_ACCESS_KEY_ID ??= 'local'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'locallocal'
  const invocations: Invocation[] = []
  const server = createServer(async (request, response) => {
    invocations.push({ path: request.url!, event: JSON.parse(await text(request)) })
    const { status = 200, headers = {}, body } = answers.shift() ?? { body: 'null' }
    response.writeHead(status, headers).end(body)
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  test.after(async () => {
    server.close()
    server.closeAllConnections()
  })
  return { endpoint: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, invocations }
}
