import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { countLine, foreign, type Line, removal, skipsAhead } from '../../../../functions/count/count.ts'
import { type CountedRecord, Ledger } from '../../../../functions/count/ledger.ts'
import type { BookState } from '../../../../lib/book-state.ts'

const line = (edition: string, number: number, end = false): Line => ({ kind: 'line', edition, number, end })
const book: BookState = { lines: 7, edition: 'first', number: 5, complete: false }

describe('countLine', () => {
  it('removes a book at a null value', () => {
    assert.equal(countLine(book, removal), undefined)
    assert.equal(countLine(undefined, removal), undefined)
  })

  it('counts any line without our header', () => {
    assert.deepEqual(countLine(book, foreign), { ...book, lines: 8 })
    assert.deepEqual(countLine(undefined, foreign), { lines: 1, edition: '', number: 0, complete: false })
  })

  it('counts the next line of the current edition, and knows the last', () => {
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

  it('counts no line of the current edition twice, and none too early', () => {
    assert.equal(countLine(book, line('first', 5)), book)
    assert.equal(countLine(book, line('first', 1)), book)
    assert.equal(countLine(book, line('first', 7)), book)
    assert.equal(skipsAhead(book, line('first', 7)), true)
    assert.equal(skipsAhead(book, line('first', 5)), false)
  })

  it('starts again at 1 with the first line of another edition, and ignores the rest of an old one', () => {
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
  it('counts the same whatever batches a log comes in, and however often a batch is repeated', () => {
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

  it('stages without effect until it commits', () => {
    const ledger = new Ledger(0)
    const staged = ledger.stage([{ offset: 0, book: 'YQ==', line: foreign }], 1)
    assert.deepEqual(ledger.totals(), { books: 0, lines: 0 })
    assert.deepEqual(ledger.totals(staged), { books: 1, lines: 1 })
    assert.equal(ledger.next, 0)
    ledger.commit(staged)
    assert.deepEqual(ledger.totals(), { books: 1, lines: 1 })
    assert.equal(ledger.next, 1)
  })

  it('counts no record without a key, and says how many there were', () => {
    const { updates, tally } = new Ledger(0).stage([{ offset: 0, book: null, line: foreign }], 1)
    assert.deepEqual(updates, [])
    assert.equal(tally.withoutKey, 1)
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
