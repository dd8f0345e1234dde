import assert from 'node:assert/strict'
import { test } from 'node:test'
import { offlineOptions } from '../../../../local/serverless/offline-options.ts'

test('the command line overrides the options of the service, which override the defaults', () => {
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
