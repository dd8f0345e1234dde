import { briefNumber } from './format.js'

/** @param {Element} svg of 60 × 20 @param {readonly number[]} values oldest first @param {number} top */
export function drawCurve(svg, values, top = Math.max(1, ...values)) {
  const points = values.map(
    (value, i) => `${((i * 60) / (values.length - 1)).toFixed(2)},${(19 - (value / top) * 18).toFixed(2)}`,
  )
  const line = `M${points.join('L')}`
  svg.querySelector('.line')?.setAttribute('d', line)
  svg.querySelector('.area')?.setAttribute('d', `${line}L60,20L0,20Z`)
}

/** @param {Element} plot @param {readonly number[]} values per second, oldest first */
export function drawPlot(plot, values) {
  const top = roundTop(Math.max(...values))
  const find = (/** @type {string} */ part) => /** @type {Element} */ (plot.querySelector(part))
  drawCurve(find('.curve'), values, top)
  find('.top').textContent = briefNumber(top)
  find('.middle').textContent = briefNumber(top / 2)
}

/** @param {number} value */
export function roundTop(value) {
  for (let ten = 10; ; ten *= 10) {
    const found = [ten, 2 * ten, 5 * ten].find((top) => top >= value)
    if (found !== undefined) return found
  }
}
