import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { SortedList } from '../../../lib/sorted-list.ts'

type Item = { readonly name: string; readonly rank: number }

const byRank = (a: Item, b: Item) => a.rank - b.rank || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)

it('is equal to a sorted array after each change', () => {
  const change = fc.record({
    name: fc.constantFrom(...'abcdefgh'),
    rank: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  })
  fc.assert(
    fc.property(fc.array(change, { maxLength: 40 }), (changes) => {
      const items = new Map<string, Item>()
      const list = new SortedList<Item>(byRank)
      for (const { name, rank } of changes) {
        const before = items.get(name)
        if (before !== undefined) list.remove(before)
        items.delete(name)
        if (rank !== undefined) {
          items.set(name, { name, rank })
          list.add(items.get(name)!)
        }
        assertEqual(list, [...items.values()].sort(byRank))
      }
    }),
    { numRuns: 2_000 },
  )
})

it('is equal to a sorted array after 100,000 changes of 20,000 items', () => {
  const items = Array.from({ length: 20_000 }, (_, i) => ({ name: String(i), rank: (i * 7_919) % 20_000 }))
  const list = new SortedList(byRank, items.toSorted(byRank))
  for (let i = 0; i < 100_000; i++) {
    const at = (i * i) % items.length
    list.remove(items[at]!)
    items[at] = { name: String(at), rank: i % 3 === 0 ? -i : i }
    list.add(items[at]!)
  }
  const expected = items.toSorted(byRank)
  assertEqual(list, expected)
  assert.deepEqual(list.slice(700, 2_000), expected.slice(700, 2_000))
  assert.equal(
    list.countBefore(({ rank }) => rank < 0),
    expected.findIndex(({ rank }) => rank >= 0),
  )
  for (const item of expected) list.remove(item)
  assertEqual(list, [])
})

function assertEqual<T>(list: SortedList<T>, expected: readonly T[]): void {
  assert.equal(list.size, expected.length)
  assert.deepEqual(list.slice(0, Number.POSITIVE_INFINITY), expected)
  assert.deepEqual(list.slice(1, 3), expected.slice(1, 3))
}
