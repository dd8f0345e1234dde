import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { Sorted } from '../../../lib/sorted.ts'

type Item = { readonly name: string; readonly rank: number }

const byRank = (a: Item, b: Item) => a.rank - b.rank || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

it('keeps items in order after any changes', () => {
  const change = fc.record({
    name: fc.constantFrom(...'abcdefgh'),
    rank: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
    isAsked: fc.boolean(),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const items = new Map<string, Item>()
      const sorted = new Sorted<Item>(byRank)
      for (const { name, rank, isAsked } of changes) {
        const item = rank === undefined ? undefined : { name, rank }
        sorted.replace(items.get(name), item)
        if (item === undefined) items.delete(name)
        else items.set(name, item)
        if (isAsked) assert.deepEqual(sorted.items, [...items.values()].sort(byRank))
      }
      assert.deepEqual(sorted.items, [...items.values()].sort(byRank))
    }),
    { numRuns: 2_000 },
  )
})

it('keeps 100,000 items in order after many changes', () => {
  const sorted = new Sorted<Item>(byRank)
  const items = Array.from({ length: 100_000 }, (_, i) => ({ name: String(i), rank: (i * 7_919) % 100_000 }))
  for (const item of items) sorted.replace(undefined, item)
  assert.deepEqual(sorted.items, items.toSorted(byRank))
  const changed = items.map((item, i) => (i % 10 === 0 ? { ...item, rank: i } : item))
  for (const [i, item] of items.entries()) if (item !== changed[i]) sorted.replace(item, changed[i])
  assert.deepEqual(sorted.items, changed.toSorted(byRank))
})
