import assert from 'node:assert/strict'
import { it } from 'node:test'

const { roundTop } = await import(new URL('../../../web/curve.js', import.meta.url).href) // its types are a browser's

it('the scale of a curve ends at a round number that is not below its values', () => {
  assert.deepEqual([0, 10, 11, 21, 50, 51, 1_001].map(roundTop), [10, 10, 20, 50, 50, 100, 2_000])
})
