import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { BookCounts } from '../../../books/book-counts.ts'
import {
  type BookState,
  bookStateKey,
  type Checkpoint,
  checkpointKey,
  encodeBookState,
  encodeCheckpoint,
} from '../../../books/book-state.ts'

describe('BookCounts', () => {
  it('returns the last state of each book, with its timestamp', () => {
    const counts = new BookCounts(2)
    put(counts, 0, 'a', { lines: 3, edition: 'abcdefgh', number: 3, complete: true }, 1_000)
    put(counts, 1, 'b', { lines: 2, edition: 'ijklmnop', number: 2, complete: false }, 2_000)
    put(counts, 1, 'b', { lines: 4, edition: 'ijklmnop', number: 4, complete: false }, 3_000)
    assert.deepEqual(
      [...counts.books.values()],
      [
        { name: 'a', lines: 3, edition: 'abcdefgh', complete: true, updatedAtMs: 1_000, partitions: [0] },
        { name: 'b', lines: 4, edition: 'ijklmnop', complete: false, updatedAtMs: 3_000, partitions: [1] },
      ],
    )
    assert.equal(counts.lines, 7)
  })

  it('removes a book at a removal record', () => {
    const counts = new BookCounts(1)
    put(counts, 0, 'a', foreign(3))
    put(counts, 0, 'a', null)
    assert.equal(counts.books.size, 0)
    assert.equal(counts.lines, 0)
  })

  it('adds up a book in two partitions, and keeps the rest when one part is removed', () => {
    const counts = new BookCounts(3)
    put(counts, 2, 'a', { lines: 3, edition: 'abcdefgh', number: 3, complete: true }, 5_000)
    put(counts, 0, 'a', foreign(4), 9_000)
    assert.deepEqual(counts.books.get('a'), {
      name: 'a',
      lines: 7,
      edition: 'abcdefgh',
      complete: true,
      updatedAtMs: 9_000,
      partitions: [0, 2],
    })
    put(counts, 2, 'a', null)
    assert.deepEqual(counts.books.get('a'), {
      name: 'a',
      lines: 4,
      edition: null,
      complete: null,
      updatedAtMs: 9_000,
      partitions: [0],
    })
    assert.equal(counts.lines, 4)
  })

  it('is current when every partition matches its checkpoint', () => {
    const counts = new BookCounts(2)
    assert.deepEqual(counts.status, { kind: 'current' })
    put(counts, 0, 'a', foreign(3))
    assert.deepEqual(counts.status, { kind: 'incomplete', partitions: [0] })
    check(counts, 0, { next: 3, books: 1, lines: 3 })
    assert.deepEqual(counts.status, { kind: 'current' })
    check(counts, 1, { next: 7, books: 1, lines: 7 })
    assert.deepEqual(counts.status, { kind: 'incomplete', partitions: [1] })
  })

  it('reports the progress while partitions are recounted', () => {
    const counts = new BookCounts(3)
    check(counts, 0, { next: 30, books: 0, lines: 0 })
    check(counts, 1, { next: 20, books: 0, lines: 0, rebuildUntil: 100 })
    check(counts, 2, { next: 5, books: 0, lines: 0, rebuildUntil: 50 })
    assert.deepEqual(counts.status, { kind: 'rebuilding', counted: 25, until: 150 })
  })

  it('ignores records in an unknown format or partition', () => {
    const counts = new BookCounts(1)
    counts.apply(0, { key: null, value: Buffer.from('{}'), timestamp: 1 })
    counts.apply(0, { key: Buffer.from('x'), value: Buffer.from('{}'), timestamp: 1 })
    counts.apply(0, { key: bookStateKey(Buffer.from('a')), value: Buffer.from('not JSON'), timestamp: 1 })
    counts.apply(9, { key: bookStateKey(Buffer.from('a')), value: encodeBookState(foreign(1)), timestamp: 1 })
    assert.equal(counts.books.size, 0)
  })
})

function foreign(lines: number): BookState {
  return { lines, edition: '', number: 0, complete: false }
}

function put(
  counts: BookCounts,
  partition: number,
  book: string,
  state: BookState | null,
  timestamp = 1,
): void {
  counts.apply(partition, {
    key: bookStateKey(Buffer.from(book)),
    value: state && encodeBookState(state),
    timestamp,
  })
}

function check(
  counts: BookCounts,
  partition: number,
  checkpoint: Pick<Checkpoint, 'next' | 'books' | 'lines' | 'rebuildUntil'>,
): void {
  const value = encodeCheckpoint({ booksTopicId: 'id', countTopicId: 'id', partitions: 3, ...checkpoint })
  counts.apply(partition, { key: checkpointKey, value, timestamp: 1 })
}
