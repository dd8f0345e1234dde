import assert from 'node:assert/strict'
import { it } from 'node:test'
import type { CountedBook } from '../../../../books/counted-book.ts'
import { editionOf } from '../../../../books/line-header.ts'
import { PendingUploads } from '../../../../cli/uploads/await-counts.ts'

const counted = (name: string, lines: number, edition: string, complete = false): [string, CountedBook] => [
  name,
  { name, lines, edition, complete, updatedAtMs: 0, partitions: [0] },
]

it('makes progress while lines before the uploaded book are counted', () => {
  const pending = new PendingUploads(new Map([['mine.txt', '"1"']]))
  const take = (...books: [string, CountedBook][]) => pending.take(new Map(books))
  assert.equal(take(), true)
  assert.equal(take(), false)
  assert.equal(take(counted('other.txt', 10, 'x')), true)
  assert.equal(take(counted('other.txt', 10, 'x')), false)
  assert.equal(pending.progress, '0 of 1 books, 0 lines')
  assert.equal(take(counted('other.txt', 10, 'x'), counted('mine.txt', 3, editionOf('"1"'), true)), true)
  assert.deepEqual([pending.isOver, pending.progress], [true, '1 of 1 books, 3 lines'])
})
