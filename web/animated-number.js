import { number } from './format.js'

const still = matchMedia('(prefers-reduced-motion: reduce)')
const durationMs = 700

/** @type {Map<Element, { from: number, to: number, startMs: number }>} */
const animations = new Map()
/** @type {WeakMap<Element, number>} */
const shown = new WeakMap()

/** @param {Element} element @param {number} value */
export function animateTo(element, value) {
  const now = shown.get(element)
  if (now === value || animations.get(element)?.to === value) return
  if (now === undefined || value < now || still.matches || document.hidden) return standAt(element, value)
  animations.set(element, { from: now, to: value, startMs: performance.now() })
  if (animations.size === 1) requestAnimationFrame(step)
}

/** @param {number} nowMs */
function step(nowMs) {
  for (const [element, { from, to, startMs }] of animations) {
    // The browser's `nowMs` can be earlier than `startMs`.
    const part = Math.min(1, Math.max(0, nowMs - startMs) / durationMs)
    if (part === 1 || !element.isConnected) standAt(element, to)
    else {
      const value = Math.round(from + (to - from) * part)
      shown.set(element, value)
      element.textContent = number(value)
    }
  }
  if (animations.size > 0) requestAnimationFrame(step)
}

/** @param {Element} element @param {number} value */
export function standAt(element, value) {
  animations.delete(element)
  if (shown.get(element) === value) return
  shown.set(element, value)
  element.textContent = number(value)
}
