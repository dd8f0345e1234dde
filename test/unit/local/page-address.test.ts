import assert from 'node:assert/strict'
import { test } from 'node:test'
import { pageAddressText } from '../../../local/page-address.ts'

const url = 'http://192.0.2.7:3000'
const esc = '\x1b'

test('prints the address as text and a QR code, with colours only if requested', () => {
  const plain = pageAddressText(url, false)
  assert.ok(plain.includes(url))
  assert.match(plain, /[█▀▄]{10}/)
  assert.equal(plain.includes(esc), false)
  assert.ok(pageAddressText(url, true).includes(esc))
})
