/** Draws the progress line on standard error. Callers clear it before other output. */
import { cut } from './width.mjs'

const eraseLine = '\r\x1b[K'

/** @typedef {{ draw: (text: string) => void, clear: () => void }} LiveLine */

/**
 * @param {{ isTTY?: boolean, columns?: number, write(text: string): unknown }} stream
 * @param {Readonly<Record<string, string | undefined>>} env
 * @returns {LiveLine | undefined}
 */
export function liveLine(stream, env = process.env) {
  if (stream.isTTY !== true || env.TERM === 'dumb') return undefined
  let isDrawn = false
  return {
    draw(text) {
      // Only the last row of a wrapped line can be erased.
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
