/**
 * The one line of standard error that shows progress on a terminal and is replaced in place. Everything that prints on
 * the terminal erases it first. Plain JavaScript, since the bootstrap uses it.
 */
import { cut } from './width.mjs'

const eraseLine = '\r\x1b[K'

/**
 * @typedef {object} LiveLine
 * @property {(text: string) => void} draw replaces the line, cut to the terminal's width
 * @property {() => void} clear erases the line, and nothing where there is none
 */

/**
 * @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} stream
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {LiveLine | undefined} undefined where the stream is no terminal that can erase a line
 */
export function liveLine(stream, env = process.env) {
  if (stream.isTTY !== true || env.TERM === 'dumb') return undefined
  let isDrawn = false
  return {
    draw(text) {
      // A line as wide as the terminal would wrap, and only its last row could be erased.
      stream.write(`${eraseLine}${cut(text, Math.max(1, (stream.columns || 80) - 1))}`)
      isDrawn = true
    },
    clear() {
      if (isDrawn) stream.write(eraseLine)
      isDrawn = false
    },
  }
}

/** The live line of this process. */
export const processLine = liveLine(process.stderr)
