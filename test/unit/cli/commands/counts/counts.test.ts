import assert from 'node:assert/strict'
import { test } from 'node:test'
import { changes } from '../../../../../cli/commands/counts/counts.ts'

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

test('returns new and changed books, then removed ones', () => {
  assert.deepEqual(changes(now, before), [
    ['b', 25],
    ['new', 1],
    ['gone', null],
  ])
})
