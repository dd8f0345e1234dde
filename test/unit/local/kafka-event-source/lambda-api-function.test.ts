import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { test } from 'node:test'
import { functionSettings } from '../../../../local/containers/function-settings.ts'
import { LambdaApiFunction } from '../../../../local/kafka-event-source/lambda-api-function.ts'

test('an invocation without a response ends 5 s after the timeout of the function', async (t) => {
  process.env.AWS_ACCESS_KEY_ID ??= 'local'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'locallocal'
  const silent = createServer((socket) => socket.on('error', () => undefined).resume())
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  t.after(() => void silent.close())
  const settings = functionSettings({
    functionName: 'fn',
    handler: 'fn.handler',
    serviceDir: '.',
    timeoutMs: -4_900,
  })
  const invoked = new LambdaApiFunction(
    settings,
    `http://127.0.0.1:${(silent.address() as AddressInfo).port}`,
  )
  t.after(() => invoked.close())
  const source = { eventSource: 'SelfManagedKafka', bootstrapServers: '127.0.0.1:9092' } as const
  const event = { head: { source, topic: 'lines', partitions: [] }, body: [] }
  const outcome = await invoked.invoke(event, { requestId: 'request' })
  assert.equal(outcome.ok, false)
  assert.equal(!outcome.ok && outcome.kind, 'not-invoked')
})
