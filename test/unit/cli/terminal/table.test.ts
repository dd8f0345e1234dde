import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printable, table } from '../../../../cli/terminal/table.ts'

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

test('accents made of two characters, and emoji two columns wide, do not push a column out of line', () => {
  const [, first, second] = table(
    ['book', 'n'],
    [
      ['e\u0301', 1],
      ['👩‍👩‍👧', 2],
    ],
  )
  assert.equal(first, 'e\u0301     1')
  assert.equal(second, '👩‍👩‍👧    2')
})

test('text is shown as it is, but for what a terminal would act on', () => {
  assert.equal(printable('Ünï/ß 👩.txt'), 'Ünï/ß 👩.txt')
  assert.equal(printable('a\nb\x1b[2J\x7f'), 'a\\nb\\u001b[2J\\u007f')
  assert.equal(printable('a\u202eb'), 'a\\u202eb')
  assert.deepEqual(table(['book'], [['a\nb']]), ['book', 'a\\nb'])
})
