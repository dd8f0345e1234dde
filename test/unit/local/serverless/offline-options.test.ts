import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offlineOptions } from '../../../../local/serverless/offline-options.ts'

test('options of serverless-offline: its defaults, the service, then the command line', () => {
  const none = { localEnvironment: false, noTimeout: false, useDocker: false, location: '' }
  assert.deepEqual(offlineOptions(undefined, {}), none)
  const custom = { 'serverless-offline': { noTimeout: true, localEnvironment: true, location: '.build' } }
  assert.deepEqual(offlineOptions(custom, { localEnvironment: false, useDocker: true }), {
    localEnvironment: false,
    noTimeout: true,
    useDocker: true,
    location: '.build',
  })
})
