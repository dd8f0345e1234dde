const whole = new Intl.NumberFormat()
const brief = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 })

/** @param {number} value */
export function number(value) {
  return whole.format(Math.round(value))
}

/** @param {number} value */
export function briefNumber(value) {
  return value < 10_000 ? number(value) : brief.format(value)
}

/** @param {number} count @param {string} one @param {string} [many] */
export function counted(count, one, many = `${one}s`) {
  return `${number(count)} ${count === 1 ? one : many}`
}

/** @param {number} bytes */
export function size(bytes) {
  const units = ['B', 'kB', 'MB', 'GB']
  let unit = 0
  for (; bytes >= 1000 && unit < units.length - 1; unit++) bytes /= 1000
  return `${bytes < 10 && unit > 0 ? bytes.toFixed(1) : Math.round(bytes)} ${units[unit]}`
}

/** @param {number} fraction */
export function percent(fraction) {
  return `${Math.floor(fraction * 100)} %`
}

/** @param {number} part @param {number} total */
export function percentOf(part, total) {
  const share = total === 0 ? 0 : (100 * part) / total
  if (share > 0 && share < 0.1) return '< 0.1 %'
  return `${share < 10 && share > 0 ? share.toFixed(1) : Math.round(share)} %`
}

/** @param {number} ms */
export function ago(ms) {
  const seconds = Math.max(0, ms / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.floor(seconds)} s ago`
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h ago`
  return counted(Math.round(seconds / 86_400), 'day ago', 'days ago')
}

/** @param {number} ms */
export function inSeconds(ms) {
  const seconds = Math.ceil(ms / 1000)
  return seconds <= 0 ? 'now' : `in ${seconds} s`
}

/**
 * Replaces invisible and reordering characters, and spaces if there is nothing else. Keeps joiners (U+200C, U+200D),
 * because scripts and emoji need them. Other producers can write an empty name.
 * @param {string} name
 */
export function visible(name) {
  if (name === '') return '(no name)'
  if (name.trim() === '') name = name.replace(/\p{Zs}/gu, '␣')
  return name.replace(/[\p{Cc}\u00ad\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/gu, shown)
}

/** @param {string} character */
function shown(character) {
  const code = character.charCodeAt(0)
  if (code < 0x20) return String.fromCharCode(0x2400 + code)
  return code === 0x7f ? '␡' : `\\u${code.toString(16).padStart(4, '0')}`
}

/** Letters of Hebrew, Arabic and other scripts that are written from right to left. */
const rightToLeft = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u{10800}-\u{10fff}\u{1e800}-\u{1efff}]/u
const graphemes = new Intl.Segmenter(undefined, { granularity: 'grapheme' })
const tailLength = 10

/**
 * Does not split text with right-to-left letters, because parts in separate elements can be read in the wrong order.
 * @param {string} text @returns {[head: string, tail: string]}
 */
export function headAndTail(text) {
  if (text.length <= 2 * tailLength || rightToLeft.test(text)) return [text, '']
  const parts = [...graphemes.segment(text)].map(({ segment }) => segment)
  if (parts.length <= 2 * tailLength) return [text, '']
  return [parts.slice(0, -tailLength).join(''), parts.slice(-tailLength).join('')]
}
