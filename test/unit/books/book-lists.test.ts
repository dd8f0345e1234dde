import assert from 'node:assert/strict'
import { it } from 'node:test'
import fc from 'fast-check'
import { BookLists, type BookQuery } from '../../../books/book-lists.ts'
import { type CountedBook, orders } from '../../../books/counted-book.ts'

const anOrder = fc.constantFrom('name', 'newest', 'lines')
const query = fc.record({
  order: anOrder,
  prefix: fc.constantFrom('', '', 'a', 'ab'),
  search: fc.constantFrom('', '', 'B', '.'),
})
const change = fc.record({
  name: fc.string({ unit: fc.constantFrom('a', 'b', 'B', '.'), minLength: 1, maxLength: 3 }),
  lines: fc.option(fc.nat({ max: 5 }), { nil: undefined }),
  query: fc.option(query, { nil: undefined }),
})

it('returns the matching books in order, whatever changed and was read before', () => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 60 }), (changes) => {
      const books = new Map<string, CountedBook>()
      const lists = new BookLists(books)
      for (const [i, { name, lines, query }] of changes.entries()) {
        apply(lists, books, name, lines === undefined ? undefined : counted(name, i, lines))
        if (query !== undefined) assert.deepEqual(listed(lists, query), expected(books, query))
      }
    }),
    { numRuns: 1_000 },
  )
})

it('stays in order after more changes than it applies', () => {
  const books = new Map([['a', counted('a', 0, 0)]])
  const lists = new BookLists(books)
  const query = { order: 'newest', prefix: '', search: '' } as const
  lists.read(query)
  for (let i = 1; i < 30_000; i++) {
    const name = `b${i % 12_000}`
    apply(lists, books, name, counted(name, i, i))
  }
  assert.deepEqual(listed(lists, query), expected(books, query))
})

function apply(
  lists: BookLists,
  books: Map<string, CountedBook>,
  name: string,
  after: CountedBook | undefined,
): void {
  const before = books.get(name)
  if (after === undefined) books.delete(name)
  else books.set(name, after)
  lists.replace(before, after)
}

function counted(name: string, updatedAtMs: number, lines: number): CountedBook {
  return { name, lines, edition: null, complete: null, updatedAtMs, partitions: [0] }
}

function listed(lists: BookLists, query: BookQuery): readonly CountedBook[] {
  return lists.read(query).slice(0, Number.POSITIVE_INFINITY)
}

function expected(books: ReadonlyMap<string, CountedBook>, { order, prefix, search }: BookQuery) {
  const matching = [...books.values()].filter(
    ({ name }) => name.startsWith(prefix) && name.toLowerCase().includes(search.toLowerCase()),
  )
  return matching.sort(orders[order])
}
