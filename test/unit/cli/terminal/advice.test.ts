import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startedAs, withCommands } from '../../../../cli/terminal/advice.ts'

const advice =
  'Run: npm run books -- backfill. "books topics list" shows them. Upload one: npm run upload -- FILE'

test('writes commands in the form in which this one was started', () => {
  assert.equal(
    withCommands(advice, 'books'),
    'Run: books backfill. "books topics list" shows them. Upload one: books upload FILE',
  )
  assert.equal(
    withCommands(advice, 'npm'),
    'Run: npm run books -- backfill. "npm run books -- topics list" shows them. Upload one: npm run upload -- FILE',
  )
})

test('recognizes npm by its variables', () => {
  assert.equal(startedAs({ npm_lifecycle_event: 'books' }), 'npm')
  assert.equal(startedAs({}), 'books')
})
