import assert from 'node:assert/strict'
import { test } from 'node:test'
import { containerOptions } from '../../../../local/serverless/serverless-function.ts'

for (const reservedConcurrency of [0, 3]) {
  test(`a reserved concurrency of ${reservedConcurrency} limits the containers`, () => {
    const functions = { fn: { handler: 'fn.handler', reservedConcurrency } }
    const serverless = { classes: { Error }, serviceDir: '/', service: { provider: {}, functions } }
    assert.equal(containerOptions(serverless, 'fn', {}).maxConcurrency, reservedConcurrency)
  })
}
