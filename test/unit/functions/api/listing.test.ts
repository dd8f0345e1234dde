import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { BookLists, type BookQuery } from '../../../../books/book-lists.ts'
import type { CountedBook } from '../../../../books/counted-book.ts'
import { listBooks, readListing } from '../../../../functions/api/listing.ts'
import { isError } from '../../../harness/is-error.ts'

describe('listBooks', () => {
  it('lists all books by name by default', () => {
    assert.deepEqual(names({}), ['Emma.txt', 'b/1.txt', 'b/2.txt', 'moby.txt'])
  })

  it('lists the newest books first with order=newest', () => {
    assert.deepEqual(names({ order: 'newest' }), ['b/2.txt', 'moby.txt', 'Emma.txt', 'b/1.txt'])
  })

  it('lists the books with the most lines first with order=lines', () => {
    assert.deepEqual(names({ order: 'lines' }), ['Emma.txt', 'b/1.txt', 'b/2.txt', 'moby.txt'])
    assert.deepEqual(names({ order: 'lines', search: '.txt', skip: '1', limit: '2' }), ['b/1.txt', 'b/2.txt'])
  })

  it('skips the requested number of books', () => {
    assert.deepEqual(names({ skip: '2' }), ['b/2.txt', 'moby.txt'])
    assert.deepEqual(names({ order: 'newest', skip: '3', limit: '5' }), ['b/1.txt'])
    assert.deepEqual(names({ skip: '4' }), [])
  })

  it('filters by prefix, and by text regardless of case', () => {
    assert.deepEqual(names({ prefix: 'b/' }), ['b/1.txt', 'b/2.txt'])
    assert.deepEqual(names({ search: 'EMM' }), ['Emma.txt'])
    assert.deepEqual(names({ prefix: 'b', search: '2' }), ['b/2.txt'])
    assert.deepEqual(names({ prefix: 'b/', order: 'newest' }), ['b/2.txt', 'b/1.txt'])
    assert.deepEqual(names({ prefix: 'x' }), [])
    assert.deepEqual(names({ search: '.*' }), [])
  })

  it('counts the matches on all pages', () => {
    const { books, matching, next } = listBooks(shelf, readListing({ limit: '1', prefix: 'b/' }))
    assert.deepEqual([books.length, matching], [1, 2])
    assert.notEqual(next, null)
  })

  it('lists every book on exactly one page, for each order and limit', () => {
    const some = fc.nat({ max: 3 })
    const book = fc.record({ name: fc.string({ maxLength: 3 }), updatedAtMs: some, lines: some })
    const books = fc.uniqueArray(book, { selector: ({ name }) => name })
    const limit = fc.integer({ min: 1, max: 5 }).map(String)
    fc.assert(
      fc.property(books, limit, fc.constantFrom('name', 'newest', 'lines'), (some, limit, order) => {
        const all = shelfOf(some.map(({ name, updatedAtMs, lines }) => counted(name, updatedAtMs, lines)))
        const whole = listBooks(all, readListing({ order, limit: '1000' }))
        const paged: CountedBook[] = []
        for (let after: string | null | undefined; after !== null; ) {
          const page = listBooks(all, readListing({ order, limit, ...(after && { after }) }))
          paged.push(...page.books)
          after = page.next
        }
        assert.deepEqual(paged, whole.books)
        assert.equal(whole.next, null)
      }),
    )
  })

  it('rejects invalid parameters', () => {
    for (const query of [
      { limit: '0' },
      { limit: '1001' },
      { limit: '1e2' },
      { order: 'size' },
      { after: 'x' },
      { after: 'bnVsbA' },
      { skip: '-1' },
      { skip: '1', after: 'WzEsMiwiYSJd' },
    ]) {
      assert.throws(() => readListing(query), isError('REQUEST_INVALID'))
    }
  })
})

function counted(name: string, updatedAtMs: number, lines: number): CountedBook {
  return { name, lines, edition: null, complete: null, updatedAtMs, partitions: [0] }
}

function shelfOf(books: readonly CountedBook[]) {
  const lists = new BookLists(new Map(books.map((book) => [book.name, book])))
  return { list: (query: BookQuery) => lists.read(query) }
}

const shelf = shelfOf([
  counted('moby.txt', 3, 1),
  counted('b/2.txt', 4, 5),
  counted('Emma.txt', 2, 9),
  counted('b/1.txt', 1, 5),
])

function names(query: Record<string, string>): string[] {
  return listBooks(shelf, readListing(query)).books.map(({ name }) => name)
}
