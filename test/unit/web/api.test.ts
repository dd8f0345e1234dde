import assert from 'node:assert/strict'
import { test } from 'node:test'

// The types of this module are a browser's.
const { Watched } = await import(new URL('../../../web/api.js', import.meta.url).href)

test('reports an API that accepts a request and never responds', async (t) => {
  const timeout = new AbortController()
  t.mock.method(AbortSignal, 'timeout', () => timeout.signal)
  t.mock.method(globalThis, 'fetch', (_: string, { signal }: RequestInit) => {
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  })
  Object.assign(globalThis, { sessionStorage: { getItem: () => null } })
  const reading = new Watched().get('counts')
  timeout.abort()
  await assert.rejects(reading, { message: 'The API does not respond.' })
})
