import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Rate } from '../../../web/rate.js'

describe('a rate', () => {
  it('spreads growth over the time since the last value', () => {
    const rate = new Rate()
    rate.add(0, 10_000)
    rate.add(90, 13_000)
    assert.deepEqual(rate.curve(13_000).slice(-4), [0, 30, 30, 30])
    assert.equal(rate.perSecond(13_000), 30)
  })

  it('falls to 0 without growth, and discards values older than a minute', () => {
    const rate = new Rate()
    rate.add(0, 0)
    rate.add(60, 1_000)
    assert.equal(rate.perSecond(10_000), 0)
    assert.equal(rate.moving, true)
    rate.add(0, 62_000)
    assert.equal(rate.moving, false)
  })

  it('treats a smaller number as no growth', () => {
    const rate = new Rate()
    rate.add(0, 0)
    rate.add(-5, 1_000)
    assert.equal(rate.perSecond(1_000), 0)
  })

  it('spreads growth over at most 10 s after a long pause', () => {
    const rate = new Rate()
    rate.add(0, 0)
    rate.add(100, 3_600_000)
    assert.equal(
      rate.curve(3_600_000).reduce((sum, each) => sum + each, 0),
      100,
    )
  })
})
