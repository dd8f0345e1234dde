import assert from 'node:assert/strict'
import { test } from 'node:test'

Object.assign(globalThis, { sessionStorage: { getItem: () => null } })

// The types of this module are a browser's.
const { serverTime, Watched } = await import(new URL('../../../web/api.js', import.meta.url).href)

test('returns the time of the server, not of a wrong clock', async (t) => {
  const date = 'Mon, 02 Mar 2026 12:00:00 GMT'
  t.mock.method(globalThis, 'fetch', async () => Response.json({}, { headers: { date } }))
  t.mock.timers.enable({ apis: ['Date'], now: Date.parse(date) + 3_600_000 })
  await new Watched().get('counts')
  t.mock.timers.tick(5_000)
  assert.equal(serverTime(), Date.parse(date) + 5_000)
})

test('reports an API that accepts a request and never responds', async (t) => {
  const timeout = new AbortController()
  t.mock.method(AbortSignal, 'timeout', () => timeout.signal)
  t.mock.method(globalThis, 'fetch', (_: string, { signal }: RequestInit) => {
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)))
  })
  const reading = new Watched().get('counts')
  timeout.abort()
  await assert.rejects(reading, { message: 'The API does not respond.' })
})
