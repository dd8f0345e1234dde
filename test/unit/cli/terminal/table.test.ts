import assert from 'node:assert/strict'
import { test } from 'node:test'
import { printable, printableText, table } from '../../../../cli/terminal/table.ts'

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

test('a table wider than the terminal wraps its last column, or cuts the middle of a name', () => {
  assert.deepEqual(
    table(['book', 'reason'], [['a.png', '"a.png" is not text: byte 4 is NUL. Upload plain text.']], 40),
    ['book   reason', 'a.png  "a.png" is not text: byte 4 is', '       NUL. Upload plain text.'],
  )
  const name = 'moby-dick/a-chapter-with-a-very-long-name.txt'
  assert.deepEqual(
    table(
      ['book', 'lines'],
      [
        [name, 12345],
        ['b', 1],
      ],
      30,
    ),
    ['book                     lines', 'moby-dick/a…ng-name.txt  12345', 'b                            1'],
  )
  assert.equal(table(['book', 'lines'], [[name, 12345]])[1], `${name}  12345`)
  assert.deepEqual(table(['n'], [[1]], 0), ['n', '1'])
  assert.equal(
    table(['book', 'reason'], [['a', 'see http://localhost:3000/a/long/path']], 20)[2],
    '      http://localhost:3000/a/long/path',
  )
})

test('text is shown as it is, but for what a terminal would act on', () => {
  assert.equal(printable('Ünï/ß 👩.txt'), 'Ünï/ß 👩.txt')
  assert.equal(printable('a\nb\x1b[2J\x7f'), 'a\\nb\\u001b[2J\\u007f')
  assert.equal(printable('a\u202eb'), 'a\\u202eb')
  assert.equal(printableText('a\u202eb\n\tc\r'), 'a\\u202eb\n\tc\\r')
  assert.deepEqual(table(['book'], [['a\nb']]), ['book', 'a\\nb'])
})
