import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeListedKey } from '../../../lib/listed-key.ts'

test('a listed key is decoded, with a plus for a space', () => {
  assert.equal(decodeListedKey('a+b%20c%2Bd/%01%F0%9F%93%9A%25'), 'a b c+d/\u0001📚%')
})
