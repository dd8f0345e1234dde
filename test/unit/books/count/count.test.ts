import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { maxKeyBytes } from '../../../../books/book-name.ts'
import type { BookState } from '../../../../books/book-state.ts'
import { countLine, foreign, hasGap, type Line, removal } from '../../../../books/count/count.ts'
import { type CountedRecord, Ledger } from '../../../../books/count/ledger.ts'

const line = (edition: string, number: number, end = false): Line => ({ kind: 'line', edition, number, end })
const book: BookState = { lines: 7, edition: 'first', number: 5, complete: false }

describe('countLine', () => {
  it('removes a book at a removal record', () => {
    assert.equal(countLine(book, removal), undefined)
    assert.equal(countLine(undefined, removal), undefined)
  })

  it('counts every line without a line header', () => {
    assert.deepEqual(countLine(book, foreign), { ...book, lines: 8 })
    assert.deepEqual(countLine(undefined, foreign), { lines: 1, edition: '', number: 0, complete: false })
  })

  it('counts the next line of the current edition and recognizes the last one', () => {
    assert.deepEqual(countLine(book, line('first', 6)), {
      lines: 8,
      edition: 'first',
      number: 6,
      complete: false,
    })
    assert.deepEqual(countLine(book, line('first', 6, true)), {
      lines: 8,
      edition: 'first',
      number: 6,
      complete: true,
    })
  })

  it('counts no line of the current edition twice or out of order', () => {
    assert.equal(countLine(book, line('first', 5)), book)
    assert.equal(countLine(book, line('first', 1)), book)
    assert.equal(countLine(book, line('first', 7)), book)
    assert.equal(hasGap(book, line('first', 7)), true)
    assert.equal(hasGap(book, line('first', 5)), false)
  })

  it('restarts at 1 with the first line of another edition and ignores the other lines of an old one', () => {
    assert.deepEqual(countLine(book, line('second', 1)), {
      lines: 1,
      edition: 'second',
      number: 1,
      complete: false,
    })
    assert.equal(countLine(book, line('second', 6)), book)
    assert.equal(countLine(undefined, line('second', 2)), undefined)
  })
})

describe('Ledger', () => {
  it('returns the same counts for every division of a log into batches and for repeated batches', () => {
    fc.assert(
      fc.property(
        fc.array(anyRecord, { maxLength: 60 }),
        fc.array(fc.nat(60), { maxLength: 12 }),
        (drawn, cuts) => {
          const log = drawn.map((record, offset) => ({ ...record, offset }))
          const whole = new Ledger(0)
          const expected = whole.stage(log, log.length)
          whole.commit(expected)

          const pieces = new Ledger(0)
          const updates: unknown[] = []
          for (const end of [...cuts.sort((a, b) => a - b), log.length]) {
            const staged = pieces.stage(
              log.slice(Math.max(0, pieces.next - 3), end),
              Math.min(end, log.length),
            )
            updates.push(...staged.updates)
            pieces.commit(staged)
          }
          assert.deepEqual(updates, expected.updates)
          assert.deepEqual(new Map(pieces.books), new Map(whole.books))
          assert.deepEqual(pieces.totals(), whole.totals())
        },
      ),
    )
  })

  it('has no effect before staged records are committed', () => {
    const ledger = new Ledger(0)
    const staged = ledger.stage([{ offset: 0, book: 'YQ==', line: foreign }], 1)
    assert.deepEqual(ledger.totals(), { books: 0, lines: 0 })
    assert.deepEqual(ledger.totals(staged), { books: 1, lines: 1 })
    assert.equal(ledger.next, 0)
    ledger.commit(staged)
    assert.deepEqual(ledger.totals(), { books: 1, lines: 1 })
    assert.equal(ledger.next, 1)
  })

  it('skips and tallies a record without a key', () => {
    const { updates, totals } = new Ledger(0).stage([{ offset: 0, book: null, line: foreign }], 1)
    assert.deepEqual(updates, [])
    assert.equal(totals.withoutKey, 1)
  })

  it('skips and tallies a record whose key is longer than an S3 key can be', () => {
    const record = (offset: number, keyBytes: number): CountedRecord => ({
      offset,
      book: Buffer.alloc(keyBytes, 'k').toString('base64'),
      line: foreign,
    })
    assert.equal(maxKeyBytes, 1024)
    for (const [bytes, withLongKey] of [
      [1023, 0],
      [1024, 0],
      [1025, 1],
      [1026, 1],
      [1027, 1],
      [4096, 1],
    ] as const) {
      const staged = new Ledger(0).stage([record(0, bytes)], 1)
      assert.equal(staged.totals.withLongKey, withLongKey, `a key of ${bytes} bytes`)
      assert.deepEqual(
        [staged.updates.length, staged.changed.size, staged.next],
        [1 - withLongKey, 1 - withLongKey, 1],
      )
      assert.equal(staged.totals.lines, 1 - withLongKey)
    }
  })

  it('skips a removal record with a long key', () => {
    const book = Buffer.alloc(2000, 'k').toString('base64')
    const { updates, totals } = new Ledger(0).stage([{ offset: 0, book, line: removal }], 1)
    assert.deepEqual([updates, totals.withLongKey, totals.removals], [[], 1, 0])
  })
})

const anyLine: fc.Arbitrary<Line> = fc.oneof(
  fc.constant(removal),
  fc.constant(foreign),
  fc.record({
    kind: fc.constant('line' as const),
    edition: fc.constantFrom('first', 'second'),
    number: fc.integer({ min: 1, max: 4 }),
    end: fc.boolean(),
  }),
)
const anyRecord: fc.Arbitrary<Omit<CountedRecord, 'offset'>> = fc.record({
  book: fc.constantFrom('YQ==', 'Yg==', null),
  line: anyLine,
})
