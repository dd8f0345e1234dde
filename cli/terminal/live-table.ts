/** The table of `counts --watch`. Shortens names, never numbers. */

import { printable } from '../../lib/printable.ts'
import { columnsOf, cut } from '../../local/terminal/width.mjs'

type Counts = ReadonlyMap<string, number>
type Size = { readonly rows: number; readonly columns: number }
type LiveRow = { readonly name: string; readonly lines: number; readonly rate: number }

/** Rates are averages over this window, because they would otherwise change with each transaction. */
const windowMs = 3_000
const gap = '  '
const narrowestName = 8

export class LiveTable {
  /** Snapshots, oldest first. Begins with the newest snapshot before the window. */
  #history: { readonly atMs: number; readonly counts: Counts }[] = []

  /** @param note text below the table, if there is room */
  frame(counts: Counts, nowMs: number, size: Size, note?: string): readonly string[] {
    while (this.#history.length > 1 && nowMs - this.#history[1]!.atMs >= windowMs) this.#history.shift()
    const before = this.#history[0]
    const seconds = before === undefined ? 0 : (nowMs - before.atMs) / 1000
    this.#history.push({ atMs: nowMs, counts })
    const rate = (now: number, then = 0) =>
      seconds <= 0 ? 0 : Math.max(0, Math.round((now - then) / seconds))
    const books = [...counts]
      .map(([name, lines]) => ({ name, lines, rate: rate(lines, before?.counts.get(name)) }))
      .sort((a, b) => b.rate - a.rate)
    const lines = sum(counts)
    const total = { name: `total of ${counts.size}`, lines, rate: rate(lines, before && sum(before.counts)) }
    return framed(books, total, size, note)
  }
}

function framed(
  books: readonly LiveRow[],
  total: LiveRow,
  { rows, columns }: Size,
  note?: string,
): readonly string[] {
  // The last row is for the cursor.
  const room = Math.max(1, rows - 1)
  const notes = note !== undefined && room > 3 ? [note] : []
  const forBooks = Math.max(0, room - 2 - notes.length)
  const shown = books.length <= forBooks ? books : books.slice(0, Math.max(0, forBooks - 1))
  const rest = books.length - shown.length
  const cells = [
    ['book', 'lines', 'lines/s'],
    ...shown.map(textsOf),
    ...(rest > 0 && forBooks > 0 ? [[`… and ${rest.toLocaleString('en')} more`, '', '']] : []),
    textsOf(total),
  ]
  const visible = room === 1 ? cells.slice(-1) : cells
  return [...aligned(visible, columns), ...notes.map((text) => cut(text, columns))]
}

function textsOf({ name, lines, rate }: LiveRow): string[] {
  return [printable(name), lines.toLocaleString('en'), rate.toLocaleString('en')]
}

/** Omits rates if the screen is too narrow. */
function aligned(cells: readonly (readonly string[])[], columns: number): readonly string[] {
  const widest = (column: number) => Math.max(...cells.map((row) => row[column]!.length))
  const numbers = [1, 2].map((column) => ({ column, width: widest(column) }))
  const taken = () => numbers.reduce((total, { width }) => total + gap.length + width, 0)
  if (columns - taken() < narrowestName) numbers.pop()
  const nameWidth = Math.min(
    Math.max(1, columns - taken()),
    Math.max(...cells.map((row) => columnsOf(row[0]!))),
  )
  return cells.map((row) => {
    const name = cut(row[0]!, nameWidth)
    const padded = name + ' '.repeat(Math.max(0, nameWidth - columnsOf(name)))
    const line = [padded, ...numbers.map(({ column, width }) => row[column]!.padStart(width))].join(gap)
    return cut(line.trimEnd(), columns)
  })
}

export function sum(counts: Counts): number {
  let total = 0
  for (const lines of counts.values()) total += lines
  return total
}
