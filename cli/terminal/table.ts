import { columnsOf } from '../../local/terminal/width.mjs'

export type TableRow = readonly (string | number)[]

/** Aligns columns with two spaces between them, numbers to the right. Every cell is `printable` text. */
export function table(header: readonly string[], rows: readonly TableRow[]): readonly string[] {
  const cells = [header, ...rows].map((row) => row.map((cell) => printable(String(cell))))
  const widths = header.map((_, column) => Math.max(...cells.map((row) => columnsOf(row[column]!))))
  const isNumber = header.map(
    (_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'),
  )
  return cells.map((row) =>
    row
      .map((cell, column) => pad(cell, widths[column]!, isNumber[column]!))
      .join('  ')
      .trimEnd(),
  )
}

function pad(text: string, columns: number, right: boolean): string {
  const space = ' '.repeat(columns - columnsOf(text))
  return right ? space + text : text + space
}

/** Escapes control characters and bidirectional controls as in JSON, for a terminal. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1)
    return escaped === character ? unicodeEscape(character) : escaped
  })
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
