/** Numbers, sizes and times as people read them. */

const whole = new Intl.NumberFormat()
const brief = new Intl.NumberFormat(undefined, { notation: 'compact', maximumSignificantDigits: 3 })

/** @param {number} value */
export function number(value) {
  return whole.format(Math.round(value))
}

/** Short from ten thousand on. @param {number} value */
export function briefNumber(value) {
  return value < 10_000 ? number(value) : brief.format(value)
}

/** `1 line`, `2 lines`. @param {number} count @param {string} one @param {string} [many] */
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

/** How long ago, to the unit that matters. @param {number} ms */
export function ago(ms) {
  const seconds = Math.max(0, ms / 1000)
  if (seconds < 10) return 'just now'
  if (seconds < 60) return `${Math.round(seconds)} s ago`
  if (seconds < 3_600) return `${Math.round(seconds / 60)} min ago`
  if (seconds < 86_400) return `${Math.round(seconds / 3_600)} h ago`
  return counted(Math.round(seconds / 86_400), 'day ago', 'days ago')
}

/** A name with each control character as Unicode's picture of it (`␊`), so that two names never look the same for one. @param {string} name */
export function visible(name) {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return name.replace(/[\u0000-\u001f\u007f]/g, (control) => {
    const code = control.charCodeAt(0)
    return String.fromCharCode(code === 0x7f ? 0x2421 : 0x2400 + code)
  })
}
