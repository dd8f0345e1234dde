import assert from 'node:assert/strict'
import { test } from 'node:test'
import { startedAs, withCommands } from '../../../../cli/terminal/advice.ts'

const advice =
  'Run: npm run books -- backfill. "books topics list" shows them. Upload one: npm run upload -- FILE'

test('commands are written as the user started this one', () => {
  assert.equal(
    withCommands(advice, 'books'),
    'Run: books backfill. "books topics list" shows them. Upload one: books upload FILE',
  )
  assert.equal(
    withCommands(advice, 'npm'),
    'Run: npm run books -- backfill. "npm run books -- topics list" shows them. Upload one: npm run upload -- FILE',
  )
})

test('npm is recognised by its variables', () => {
  assert.equal(startedAs({ npm_lifecycle_event: 'books' }), 'npm')
  assert.equal(startedAs({}), 'books')
})
