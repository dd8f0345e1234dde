import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LiveTable } from '../../../../cli/terminal/live-table.ts'
import { columnsOf } from '../../../../local/terminal/width.mjs'

const wide = { rows: 24, columns: 80 }

test('shows no rate and keeps the order of the books in the first frame', () => {
  assert.deepEqual(new LiveTable().frame(counts({ a: 1_000, b: 7 }), 0, wide), [
    'book        lines  lines/s',
    'a           1,000        0',
    'b               7        0',
    'total of 2  1,007        0',
  ])
})

test('computes rates over the last three seconds, and shows the fastest book first', () => {
  const table = new LiveTable()
  for (const [second, lines] of [0, 100, 200, 300, 300, 300, 300, 300].entries()) {
    const frame = table.frame(counts({ a: 5, b: lines }), second * 1000, wide)
    if (second === 3) assert.match(frame[1]!, /^b +300 +100$/)
    if (second === 7) assert.match(frame[2]!, /^b +300 +0$/)
  }
})

test('shows no negative rate when a new edition restarts at 1', () => {
  const table = new LiveTable()
  table.frame(counts({ a: 900 }), 0, wide)
  assert.match(table.frame(counts({ a: 3 }), 1000, wide)[1]!, /^a +3 +0$/)
})

test('always shows the total, and the number of books that do not fit', () => {
  const many = Object.fromEntries(Array.from({ length: 50 }, (_, i) => [`book ${i}`, 1]))
  for (const rows of [1, 2, 3, 4, 5, 10, 24, 60]) {
    const frame = new LiveTable().frame(counts(many), 0, { rows, columns: 40 }, 'a note')
    assert.ok(frame.length <= Math.max(1, rows - 1), `${frame.length} of ${rows} rows`)
    assert.match(frame.find((line) => line.startsWith('total'))!, /total of 50 +50/)
  }
  const frame = new LiveTable().frame(counts(many), 0, { rows: 10, columns: 40 })
  assert.equal(frame.at(-2), '… and 44 more')
})

test('shortens names in the middle, and never numbers', () => {
  const name = `${'long '.repeat(20)}end.txt`
  const frame = new LiveTable().frame(counts({ [name]: 1_234_567 }), 0, { rows: 10, columns: 40 })
  assert.match(frame[1]!, /^long .*….*end\.txt {2}1,234,567 {8}0$/)
  const narrow = new LiveTable().frame(counts({ [name]: 1_234_567 }), 0, { rows: 10, columns: 20 })
  assert.match(narrow[1]!, /…\S* {2}1,234,567$/)
})

test('never exceeds the width of the screen, in any script', () => {
  const books = new Map(['书', '📚 ', 'e\u0301', '\x1b[31m'].map((text) => [text.repeat(30), 5]))
  for (const columns of [1, 9, 10, 20, 40, 80])
    for (const line of new LiveTable().frame(books, 0, { rows: 24, columns }))
      assert.ok(columnsOf(line) <= columns, `${columns}: ${line}`)
})

function counts(lines: Readonly<Record<string, number>>): ReadonlyMap<string, number> {
  return new Map(Object.entries(lines))
}
