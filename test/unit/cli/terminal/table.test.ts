import assert from 'node:assert/strict'
import { test } from 'node:test'
import { table } from '../../../../cli/terminal/table.ts'

test('fits columns to their widest cell, and aligns numbers to the right', () => {
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

test('aligns columns with combining accents and emoji that are two columns wide', () => {
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

test('prints more rows than a call can have arguments', () => {
  const rows = Array.from({ length: 130_000 }, (_, i) => [`book ${i}`, i])
  assert.equal(table(['book', 'lines'], rows).at(-1), 'book 129999  129999')
})

test('wraps the last column, or shortens names in the middle, to fit the terminal', () => {
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

test('escapes control characters in cells', () => {
  assert.deepEqual(table(['book'], [['a\nb']]), ['book', 'a\\nb'])
})
