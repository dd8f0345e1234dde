/** @param {string} text */
export function columnsOf(text) {
  if (/^[ -~]*$/.test(text)) return text.length // segmentation is slow
  let columns = 0
  for (const { segment } of segmenter.segment(text)) columns += wide.test(segment) ? 2 : 1
  return columns
}

/**
 * Replaces the middle with `…`, because names differ at their ends.
 * @param {string} text @param {number} columns
 */
export function cut(text, columns) {
  if (columnsOf(text) <= columns) return text
  const characters = [...segmenter.segment(text)].map(({ segment }) => segment)
  const end = taken(characters.toReversed(), Math.floor((columns - 1) / 2)).toReversed()
  const start = taken(characters, columns - 1 - columnsOf(end.join('')))
  return `${start.join('')}…${end.join('')}`
}

/** @param {string[]} characters @param {number} columns */
function taken(characters, columns) {
  let width = 0
  const end = characters.findIndex((character) => {
    width += columnsOf(character)
    return width > columns
  })
  return characters.slice(0, end === -1 ? undefined : end)
}

const segmenter = new Intl.Segmenter()
/** Characters of two columns (Unicode Standard Annex 11). */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97f\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]|\p{Emoji_Presentation}/u
