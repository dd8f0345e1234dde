import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type Book, Shelf, type Upload } from '../../../web/shelf.js'

const now = Date.parse('2026-01-01T00:00:00Z')

describe('the shelf', () => {
  it('has the books of the API, newest first', () => {
    const shelf = new Shelf()
    take(shelf, [book('b', 5), book('a', 3)])
    assert.deepEqual(stages(shelf), { b: 'complete', a: 'complete' })
    take(shelf, [book('a', 4, { edition: 'new' }), book('b', 5)])
    assert.deepEqual(stages(shelf), { a: 'complete', b: 'complete' })
  })

  it('keeps the order of books while their counts grow', () => {
    const shelf = new Shelf()
    take(shelf, [book('b', 5, { complete: false }), book('a', 3, { complete: false })])
    take(shelf, [book('a', 9, { complete: false }), book('b', 5, { complete: false })])
    assert.deepEqual(stages(shelf), { b: 'arriving', a: 'arriving' })
  })

  it('sorts older books that arrive later after the newer ones', () => {
    const shelf = new Shelf()
    const newest = [book('c', 1, { updatedAt: at(3) }), book('b', 1, { updatedAt: at(2) })]
    take(shelf, newest)
    take(shelf, [...newest, book('a', 1, { updatedAt: at(1) })])
    assert.deepEqual(Object.keys(stages(shelf)), ['c', 'b', 'a'])
  })

  it('sorts uploads of this page before all counted books', () => {
    const shelf = new Shelf()
    take(shelf, [book('a', 1, { updatedAt: at(60) })])
    shelf.takeUpload(upload('b', 'queued'))
    assert.deepEqual(Object.keys(stages(shelf)), ['b', 'a'])
  })

  it('drops a removed book', () => {
    const shelf = new Shelf()
    take(shelf, [book('b', 5), book('a', 3)])
    take(shelf, [book('a', 3)])
    assert.deepEqual(stages(shelf), { a: 'complete' })
  })

  it('follows an upload until its own content is counted', () => {
    const shelf = new Shelf()
    take(shelf, [])
    shelf.takeUpload(upload('a', 'uploading', { sent: 5 }))
    assert.deepEqual(stages(shelf), { a: 'uploading' })
    shelf.takeUpload(upload('a', 'uploaded', { edition: 'E', lines: 4 }))
    assert.deepEqual(stages(shelf), { a: 'waiting' })
    assert.equal(shelf.waiting, true)
    take(shelf, [book('a', 2, { edition: 'E', complete: false })])
    assert.deepEqual(stages(shelf), { a: 'arriving' })
    assert.equal(shelf.rows('')[0]!.expected, 4)
    take(shelf, [book('a', 4, { edition: 'E' })])
    assert.deepEqual(stages(shelf), { a: 'complete' })
    assert.equal(shelf.waiting, false)
  })

  it('waits for the new edition of a listed book, but not for an unchanged edition', () => {
    const shelf = new Shelf()
    take(shelf, [book('a', 9, { edition: 'old' })])
    shelf.takeUpload(upload('a', 'queued'))
    shelf.takeUpload(upload('a', 'uploaded', { edition: 'new' }))
    assert.deepEqual(stages(shelf), { a: 'waiting' })
    take(shelf, [book('a', 4, { edition: 'new' })])
    assert.deepEqual(stages(shelf), { a: 'complete' })
    shelf.takeUpload(upload('a', 'uploaded', { id: 2, edition: 'new' }))
    assert.deepEqual(stages(shelf), { a: 'complete' })
  })

  it('waits for the new edition of a book that was not listed when its upload began', () => {
    const shelf = new Shelf()
    take(shelf, [book('other', 1)])
    shelf.takeUpload(upload('a', 'uploaded', { edition: 'new' }))
    shelf.takeRecent([book('a', 9, { edition: 'old' })])
    assert.equal(shelf.waiting, true)
    shelf.takeRecent([book('a', 4, { edition: 'new' })])
    assert.equal(shelf.waiting, false)
  })

  it('waits for another edition or a limited time when the browser cannot compute editions', () => {
    for (const after of [book('a', 4, { edition: 'new' }), undefined]) {
      const shelf = new Shelf()
      take(shelf, [book('a', 9, { edition: 'old' })])
      shelf.takeUpload(upload('a', 'uploaded'))
      take(shelf, [book('a', 9, { edition: 'old' })])
      assert.deepEqual(stages(shelf), { a: 'waiting' })
      if (after === undefined) shelf.takeBook(book('a', 9, { edition: 'old' }))
      else take(shelf, [after])
      assert.deepEqual(stages(shelf), { a: 'complete' })
    }
  })

  it('returns waiting books that the list does not contain, each at intervals', () => {
    const shelf = new Shelf()
    for (const name of ['a', 'b', 'c']) shelf.takeUpload(upload(name, 'uploaded', { edition: 'E' }))
    assert.deepEqual(shelf.overdue(now, 2), [])
    assert.deepEqual(shelf.overdue(now + 5_000, 2), ['c', 'b'])
    assert.deepEqual(shelf.overdue(now + 5_001, 2), ['a'])
    shelf.takeBook(book('a', 4, { edition: 'the one before' }))
    shelf.takeBook(book('b', 4, { edition: 'E' }))
    assert.deepEqual(stages(shelf), { c: 'waiting', a: 'waiting' })
    assert.deepEqual(shelf.overdue(now + 10_001, 2), ['c', 'a'])
  })

  it('shows an upload without lines as empty', () => {
    const shelf = new Shelf()
    shelf.takeUpload(upload('a', 'uploaded', { size: 0, edition: 'E' }))
    assert.deepEqual(stages(shelf), { a: 'empty' })
    shelf.takeUpload(upload('b.gz', 'uploaded', { size: 20, lines: 0, edition: 'E' }))
    assert.deepEqual(stages(shelf), { 'b.gz': 'empty', a: 'empty' })
    assert.equal(shelf.waiting, false)
    shelf.dismiss('a')
    shelf.dismiss('b.gz')
    assert.deepEqual(stages(shelf), {})
  })

  it('shows a failure until the book is counted or uploaded again', () => {
    const shelf = new Shelf()
    shelf.takeFailures([{ id: 'x', book: 'a', reason: 'No text.', failedAt: at(10) }])
    assert.deepEqual(stages(shelf), { a: 'failed' })
    assert.equal(shelf.rows('')[0]!.reason, 'No text.')
    shelf.takeUpload(upload('a', 'uploading', { startedAtMs: now + 20_000 }))
    assert.deepEqual(stages(shelf), { a: 'uploading' })
    shelf.takeUpload(upload('a', 'uploaded', { startedAtMs: now + 20_000, edition: 'E' }))
    take(shelf, [book('a', 4, { edition: 'E', updatedAt: at(30) })])
    assert.deepEqual(stages(shelf), { a: 'complete' })
    take(shelf, [])
    assert.deepEqual(stages(shelf), { a: 'failed' })
  })

  it('shows the failure of a waiting upload', () => {
    const shelf = new Shelf()
    shelf.takeUpload(upload('a', 'uploaded', { edition: 'E' }))
    shelf.takeFailures([{ id: 'x', book: 'a', reason: 'No text.', failedAt: at(10) }])
    assert.deepEqual(stages(shelf), { a: 'failed' })
  })

  it('ignores late changes of a replaced upload', () => {
    const shelf = new Shelf()
    shelf.takeUpload(upload('a', 'uploading'))
    shelf.takeUpload(upload('a', 'queued', { id: 2 }))
    shelf.takeUpload(upload('a', 'cancelled'))
    assert.deepEqual(stages(shelf), { a: 'queued' })
  })

  it('computes the rate of a known book, and none for a new one', () => {
    const shelf = new Shelf()
    take(shelf, [book('a', 1_000, { complete: false })], 0)
    assert.equal(shelf.rows('')[0]!.rate.perSecond(now), 0)
    take(shelf, [book('a', 1_600, { complete: false })], 2)
    assert.equal(shelf.rows('')[0]!.rate.perSecond(now + 2_000), 200)
    assert.equal(shelf.rate.perSecond(now + 2_000), 200)
  })

  it('ignores growth while a book was not listed', () => {
    const shelf = new Shelf()
    take(shelf, [book('a', 1_000, { complete: false })], 0)
    take(shelf, [book('b', 1)], 1)
    take(shelf, [book('a', 9_000, { complete: false })], 2)
    assert.equal(shelf.rows('')[0]!.rate.moving, false)
  })

  it('keeps the order of the API by name and by lines, with uncounted books first', () => {
    const shelf = new Shelf()
    take(shelf, [book('a', 1, { updatedAt: at(1) }), book('b', 5, { updatedAt: at(9) }), book('c', 3)])
    shelf.takeUpload(upload('x', 'uploading'))
    const names = (...order: ['name' | 'lines', number]) => shelf.rows('', ...order).map(({ name }) => name)
    assert.deepEqual(names('name', 1), ['x', 'a', 'b', 'c'])
    assert.deepEqual(names('name', 2), ['a', 'b', 'c'])
  })

  it('computes the rate of a watched book that is not listed', () => {
    const shelf = new Shelf()
    take(shelf, [book('other', 1)], 0)
    shelf.watch(book('a', 100, { complete: false }), now)
    assert.equal(shelf.watch(book('a', 700, { complete: false }), now + 2_000).perSecond(now + 2_000), 200)
  })

  it('finds books by name, regardless of case', () => {
    const shelf = new Shelf()
    take(shelf, [book('austen/Emma.txt', 1), book('moby.txt', 1)])
    assert.deepEqual(
      shelf.rows('EMMA').map(({ name }) => name),
      ['austen/Emma.txt'],
    )
  })
})

function at(seconds: number): string {
  return new Date(now + 1_000 * seconds).toISOString()
}

function book(name: string, lines: number, more: Partial<Book> = {}): Book {
  return { book: name, lines, edition: 'E', complete: true, updatedAt: at(0), partitions: [0], ...more }
}

function upload(name: string, state: Upload['state'], more: Partial<Upload> = {}): Upload {
  return { id: 1, book: name, size: 10, state, sent: 0, startedAtMs: now, ...more }
}

function take(shelf: Shelf, books: Book[], seconds = 1): void {
  const lines = books.reduce((sum, { lines }) => sum + lines, 0)
  shelf.takeCounts({ books, totals: { books: books.length, lines } }, now + 1_000 * seconds)
}

function stages(shelf: Shelf): Record<string, string> {
  return Object.fromEntries(shelf.rows('').map(({ name, stage }) => [name, stage]))
}
