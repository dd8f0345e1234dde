import assert from 'node:assert/strict'
import { test } from 'node:test'

// The types of this module are a browser's.
const { dismiss, dismissed } = await import(new URL('../../../web/dismissed.js', import.meta.url).href)

test('keeps dismissed failures for the page where the browser blocks its storage', () => {
  const get = () => {
    throw new DOMException('Access is denied for this document.', 'SecurityError')
  }
  Object.defineProperty(globalThis, 'localStorage', { get, configurable: true })
  dismiss('some-failure')
  assert.ok(dismissed().includes('some-failure'))
})
