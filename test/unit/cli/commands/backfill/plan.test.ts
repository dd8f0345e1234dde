import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CountedBook } from '../../../../../books/counted-book.ts'
import { editionOf } from '../../../../../books/line-header.ts'
import { planOf } from '../../../../../cli/commands/backfill/plan.ts'

test('skips an object whose current edition is counted completely', () => {
  const books = state(book('whole', 'etag'), book('cut off', 'etag', false), book('older', 'another'))
  const plan = planOf(['whole', 'cut off', 'older', 'new'].map(object), books, '')
  assert.deepEqual(
    plan.toIngest.map(({ key }) => key),
    ['cut off', 'older', 'new'],
  )
  assert.equal(plan.counted, 1)
})

test('ignores quotes around an ETag', () => {
  assert.equal(planOf([object('a')], state(book('a', '"etag"')), '').counted, 1)
})

test('ingests an empty object only if it replaced a counted book', () => {
  const empty = (key: string) => ({ key, size: 0, etag: '' })
  const books = state(book('was a book', 'etag'), foreign('lines of others'))
  const plan = planOf(['never', 'was a book', 'lines of others'].map(empty), books, '')
  assert.deepEqual(plan.toIngest, [empty('was a book')])
})

test('finds removed books under the prefix by key, and ignores foreign books', () => {
  const books = state(book('p/gone', 'e'), book('q/gone', 'e'), foreign('p/foreign'), book('p/a\\\\x41', 'e'))
  assert.deepEqual(planOf([], books, 'p/').removed, ['p/gone', 'p/a\\x41'])
})

function object(key: string) {
  return { key, size: 10, etag: '"etag"' }
}

function state(...books: readonly CountedBook[]): ReadonlyMap<string, CountedBook> {
  return new Map(books.map((counted) => [counted.name, counted]))
}

function book(name: string, etag: string, complete = true): CountedBook {
  return { name, lines: 1, edition: editionOf(etag), complete, updatedAtMs: 0, partitions: [0] }
}

function foreign(name: string): CountedBook {
  return { ...book(name, ''), edition: null, complete: null }
}
