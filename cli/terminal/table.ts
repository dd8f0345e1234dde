import { printable } from '../../lib/printable.ts'
import { columnsOf, cut } from '../../local/terminal/width.mjs'
import type { Terminal } from './terminal.ts'

export type TableRow = readonly (string | number)[]

const gap = '  '
const narrowestText = 12

/**
 * Aligns columns, and numbers to the right. Escapes cells with `printable`.
 * @param width of the terminal, if any. Wraps text in the last column and cuts text in other columns
 */
export function table(
  header: readonly string[],
  rows: readonly TableRow[],
  width = Number.POSITIVE_INFINITY,
): readonly string[] {
  const cells = [header, ...rows].map((row) => row.map((cell) => printable(String(cell))))
  const isNumber = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  )
  const widths = fitted(
    header.map((_, column) => cells.reduce((widest, row) => Math.max(widest, columnsOf(row[column]!)), 0)),
    isNumber,
    width,
  )
  return cells.flatMap((row) => linesOf(row, widths, isNumber))
}

export function printTable(
  { print, screen }: Terminal,
  header: readonly string[],
  rows: readonly TableRow[],
): void {
  for (const line of table(header, rows, screen?.columns)) print(line)
}

/** Narrows the last column to fit the terminal; if it contains numbers, narrows the widest text column. */
function fitted(
  widths: readonly number[],
  isNumber: readonly boolean[],
  terminal: number,
): readonly number[] {
  const excess = widths.reduce((sum, width) => sum + width + gap.length, -gap.length) - terminal
  const last = widths.length - 1
  const texts = widths.map((width, column) => (isNumber[column] ? 0 : width))
  const narrowed = isNumber[last] ? texts.indexOf(Math.max(...texts)) : last
  if (excess <= 0 || isNumber[narrowed]) return widths
  return widths.map((width, column) =>
    column === narrowed ? Math.min(width, Math.max(narrowestText, width - excess)) : width,
  )
}

function linesOf(
  row: readonly string[],
  widths: readonly number[],
  isNumber: readonly boolean[],
): readonly string[] {
  const last = row.length - 1
  const [first = '', ...others] = isNumber[last] ? [row[last]!] : wrapped(row[last]!, widths[last]!)
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, column) =>
        pad(column === last ? cell : cut(cell, widths[column]!), widths[column]!, isNumber[column]!),
      )
      .join(gap)
      .trimEnd()
  const indent = row.slice(0, -1).map(() => '')
  return [line([...row.slice(0, -1), first]), ...others.map((text) => line([...indent, text]))]
}

/** Wraps text between words. Does not break longer words. */
export function wrapped(text: string, width: number): readonly string[] {
  if (columnsOf(text) <= width) return [text]
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const line = lines.at(-1)
    if (line !== undefined && columnsOf(`${line} ${word}`) <= width)
      lines[lines.length - 1] = `${line} ${word}`
    else lines.push(word)
  }
  return lines
}

export function plural(number: number, what: string): string {
  const ending = what.endsWith('ch') ? 'es' : 's'
  return `${number.toLocaleString('en')} ${what}${number === 1 ? '' : ending}`
}

function pad(text: string, columns: number, right: boolean): string {
  const space = ' '.repeat(Math.max(0, columns - columnsOf(text)))
  return right ? space + text : text + space
}
