export type Row = readonly (string | number)[]

/** Columns as wide as their widest cell, two spaces between, numbers to the right; every cell as `printable` text. */
export function table(header: readonly string[], rows: readonly Row[]): readonly string[] {
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

/** How many columns of a terminal the text takes: a character of East Asian scripts, or an emoji, takes two. */
export function columnsOf(text: string): number {
  let columns = 0
  for (const { segment } of segmenter.segment(text)) columns += wide.test(segment) ? 2 : 1
  return columns
}

/** The text in so many columns: with `…` for what is cut out of its middle, since names differ at their ends. */
export function cut(text: string, columns: number): string {
  if (columnsOf(text) <= columns) return text
  const characters = [...segmenter.segment(text)].map(({ segment }) => segment)
  const end = taken(characters.toReversed(), Math.floor((columns - 1) / 2)).toReversed()
  const start = taken(characters, columns - 1 - columnsOf(end.join('')))
  return `${start.join('')}…${end.join('')}`
}

/** As many of these as fit. */
function taken(characters: readonly string[], columns: number): readonly string[] {
  let width = 0
  const end = characters.findIndex((character) => {
    width += columnsOf(character)
    return width > columns
  })
  return characters.slice(0, end === -1 ? undefined : end)
}

const segmenter = new Intl.Segmenter()
/** Wide and fullwidth blocks (Unicode Standard Annex 11), and emoji. */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u

/** Text for a terminal: what would move its cursor, or turn text around, is escaped as in JSON. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu, (character) => {
    const escaped = JSON.stringify(character).slice(1, -1)
    return escaped === character ? unicodeEscape(character) : escaped
  })
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
