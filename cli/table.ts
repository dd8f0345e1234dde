export type Row = readonly (string | number)[]

/** Columns as wide as their widest cell, two spaces between; numbers to the right. */
export function table(header: readonly string[], rows: readonly Row[]): readonly string[] {
  const cells = [header, ...rows].map((row) => row.map(String))
  const widths = header.map((_, column) => Math.max(...cells.map((row) => width(row[column]!))))
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
  const space = ' '.repeat(columns - width(text))
  return right ? space + text : text + space
}

/** Characters as a person counts them, close enough for a terminal. */
function width(text: string): number {
  return [...segmenter.segment(text)].length
}

const segmenter = new Intl.Segmenter()

const decoder = new TextDecoder('utf-8', { fatal: true })

/** A key as text for a person: what is not UTF-8, and what would move the cursor, is escaped. */
export function printable(bytes: Uint8Array): string {
  let text: string
  try {
    text = decoder.decode(bytes)
  } catch {
    return Array.from(bytes, (byte) =>
      byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : hex(byte),
    ).join('')
  }
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) =>
    JSON.stringify(character).slice(1, -1) === character
      ? unicode(character)
      : JSON.stringify(character).slice(1, -1),
  )
}

function hex(byte: number): string {
  return `\\x${byte.toString(16).padStart(2, '0')}`
}

function unicode(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
