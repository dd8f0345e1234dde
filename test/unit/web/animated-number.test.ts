import assert from 'node:assert/strict'
import { it, mock } from 'node:test'

it('an animated number never decreases while it grows', async () => {
  const frames: ((ms: number) => void)[] = []
  Object.assign(globalThis, {
    matchMedia: () => ({ matches: false }),
    document: { hidden: false },
    requestAnimationFrame: (step: (ms: number) => void) => frames.push(step),
  })
  mock.method(performance, 'now', () => 1_000)
  const module = new URL('../../../web/animated-number.js', import.meta.url).href // its types are a browser's
  const { animateTo } = await import(module)
  const element = { textContent: '', isConnected: true }
  animateTo(element, 100)
  animateTo(element, 200)
  const seen = [990, 1_000, 1_350, 1_700].map((ms) => {
    frames.shift()!(ms) // a frame can begin before the animation
    return element.textContent
  })
  assert.deepEqual(seen, ['100', '100', '150', '200'])
})
