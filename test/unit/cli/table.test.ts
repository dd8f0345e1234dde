import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printable, table } from '../../../cli/table.ts'

test('columns are as wide as their widest cell, numbers to the right', () => {
  assert.deepEqual(
    table(
      ['book', 'lines'],
      [
        ['a', 5],
        ['moby-dick', 12345],
      ],
    ),
    ['book       lines', 'a              5', 'moby-dick  12345'],
  )
})

test('accents made of two characters and emoji do not push a column out of line', () => {
  const [, first, second] = table(
    ['book', 'n'],
    [
      ['e\u0301', 1],
      ['👩‍👩‍👧', 2],
    ],
  )
  assert.equal(first, 'e\u0301     1')
  assert.equal(second, '👩‍👩‍👧     2')
})

test('a name is shown as it is, but for what a terminal would act on', () => {
  assert.equal(printable(Buffer.from('Ünï/ß 👩.txt')), 'Ünï/ß 👩.txt')
  assert.equal(printable(Buffer.from('a\nb\x1b[2J')), 'a\\nb\\u001b[2J')
  assert.equal(printable(Buffer.from('a\u202eb')), 'a\\u202eb')
  assert.equal(printable(Buffer.from([0x61, 0xff, 0x00])), 'a\\xff\\x00')
})
