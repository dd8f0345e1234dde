/**
 * Draws a rate over the last minute into an `svg.curve`, whose box is 60 × 20.
 * @param {Element} svg @param {readonly number[]} values oldest first
 */
export function drawCurve(svg, values) {
  const top = Math.max(1, ...values)
  const points = values.map(
    (value, i) => `${((i * 60) / (values.length - 1)).toFixed(2)},${(19 - (value / top) * 18).toFixed(2)}`,
  )
  const line = `M${points.join('L')}`
  svg.querySelector('.line')?.setAttribute('d', line)
  svg.querySelector('.area')?.setAttribute('d', `${line}L60,20L0,20Z`)
}
