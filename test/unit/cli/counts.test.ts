import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changes, frame } from '../../../cli/counts.ts'

const before = new Map([
  ['a', 10],
  ['b', 20],
  ['gone', 5],
])
const now = new Map([
  ['a', 10],
  ['b', 25],
  ['new', 1],
])

test('changes are the books that are not as they were, removed ones last', () => {
  assert.deepEqual(changes(now, before), [
    ['b', 25],
    ['new', 1],
    ['gone', null],
  ])
})

test('a screen shows those that change first, and says how many do not fit', () => {
  assert.deepEqual(frame(now, before, 0.5, { rows: 6, columns: 80 }), [
    'book        lines  lines/s',
    'b              25       10',
    'new             1        2',
    'total of 3     36        2',
    '… and 1 more',
  ])
})

test('the first look has no rate', () => {
  assert.deepEqual(frame(new Map([['a', 1_000]]), new Map(), 0.001, { rows: 24, columns: 80 }), [
    'book        lines  lines/s',
    'a            1000        0',
    'total of 1   1000        0',
  ])
})

test('nothing is wider than the screen', () => {
  for (const line of frame(now, before, 1, { rows: 24, columns: 9 })) assert.ok(line.length <= 9, line)
})
