import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printable, printableText } from '../../../lib/printable.ts'

test('escapes only the characters that control a terminal', () => {
  assert.equal(printable('Ünï/ß 👩.txt'), 'Ünï/ß 👩.txt')
  assert.equal(printable('a\nb\x1b[2J\x7f'), 'a\\nb\\u001b[2J\\u007f')
  assert.equal(printable('a\u202eb'), 'a\\u202eb')
  assert.equal(printableText('a\u202eb\n\tc\r'), 'a\\u202eb\n\tc\\r')
})
