/**
 * The progress line on standard error. Code that prints to the terminal must clear it first. Plain JavaScript, because the
 * bootstrap uses it.
 */
import { cut } from './width.mjs'

const eraseLine = '\r\x1b[K'

/**
 * @typedef {object} LiveLine
 * @property {(text: string) => void} draw replaces the line, cut to the terminal's width
 * @property {() => void} clear erases the line, if one is shown
 */

/**
 * @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} stream
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {LiveLine | undefined} undefined if the stream is not a terminal that can erase a line
 */
export function liveLine(stream, env = process.env) {
  if (stream.isTTY !== true || env.TERM === 'dumb') return undefined
  let isDrawn = false
  return {
    draw(text) {
      // A line of the full width would wrap, and then only its last row can be erased.
      stream.write(`${eraseLine}${cut(text, Math.max(1, (stream.columns || 80) - 1))}`)
      isDrawn = true
    },
    clear() {
      if (isDrawn) stream.write(eraseLine)
      isDrawn = false
    },
  }
}

export const processLine = liveLine(process.stderr)
