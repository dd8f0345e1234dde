import assert from 'node:assert/strict'
import { test } from 'node:test'
import { liveLine } from '../../../../local/terminal/live-line.mjs'
import { columnsOf } from '../../../../local/terminal/width.mjs'
import { screenAfter } from '../../../harness/pty.ts'

function stream(columns: number) {
  let written = ''
  const write = (text: string) => {
    written += text
  }
  return { isTTY: true, columns, write, written: () => written }
}

test('a line replaces the previous one, and disappears when it is cleared', () => {
  const terminal = stream(40)
  const line = liveLine(terminal, {})!
  line.draw('a long line with 12 of 20')
  line.draw('short')
  assert.deepEqual(screenAfter(terminal.written()), ['short'])
  line.clear()
  terminal.write('the end\n')
  assert.deepEqual(screenAfter(terminal.written()), ['the end', ''])
})

test('a line never reaches the last column, in every script', () => {
  for (const text of ['x'.repeat(100), '书'.repeat(100), '📚'.repeat(100)]) {
    const terminal = stream(40)
    liveLine(terminal, {})!.draw(text)
    const [row] = screenAfter(terminal.written())
    assert.ok(columnsOf(row!) <= 39, row)
    assert.match(row!, /…/)
  }
})

test('erases nothing when no line was drawn', () => {
  const terminal = stream(40)
  liveLine(terminal, {})!.clear()
  assert.equal(terminal.written(), '')
})

test('draws no line without a terminal, or on a terminal that cannot erase', () => {
  assert.equal(liveLine({ ...stream(40), isTTY: false }, {}), undefined)
  assert.equal(liveLine(stream(40), { TERM: 'dumb' }), undefined)
})
