import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { first } from '../../../../functions/counts/first.ts'

it('the first of many are those that sorting them all would put first', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 50 })), fc.nat({ max: 20 }), (items, count) => {
      const ascending = (a: number, b: number) => a - b
      assert.deepEqual(first(count, items, ascending), items.toSorted(ascending).slice(0, count))
    }),
    { numRuns: 2_000 },
  )
})
