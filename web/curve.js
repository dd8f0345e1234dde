/** Curves of a rate over the last minute. */
import { briefNumber } from './format.js'

/**
 * Draws a rate into an `svg.curve`, whose box is 60 × 20.
 * @param {Element} svg @param {readonly number[]} values oldest first @param {number} top the value at the upper edge
 */
export function drawCurve(svg, values, top = Math.max(1, ...values)) {
  const points = values.map(
    (value, i) => `${((i * 60) / (values.length - 1)).toFixed(2)},${(19 - (value / top) * 18).toFixed(2)}`,
  )
  const line = `M${points.join('L')}`
  svg.querySelector('.line')?.setAttribute('d', line)
  svg.querySelector('.area')?.setAttribute('d', `${line}L60,20L0,20Z`)
}

/**
 * Draws a rate into a `.plot`, and writes its scale beside it.
 * @param {Element} plot @param {readonly number[]} values lines per second, oldest first
 */
export function drawPlot(plot, values) {
  const top = roundTop(Math.max(...values))
  const curve = plot.querySelector('.curve')
  if (curve !== null) drawCurve(curve, values, top)
  for (const [tick, value] of [
    ['.top', top],
    ['.middle', top / 2],
  ]) {
    const element = plot.querySelector(String(tick))
    if (element !== null) element.textContent = briefNumber(Number(value))
  }
}

/** Returns the smallest of 10, 20, 50, 100, 200, … that is at least the value. @param {number} value */
export function roundTop(value) {
  for (let ten = 10; ; ten *= 10) {
    const found = [ten, 2 * ten, 5 * ten].find((top) => top >= value)
    if (found !== undefined) return found
  }
}
