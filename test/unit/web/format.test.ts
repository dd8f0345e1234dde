import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headAndTail, visible } from '../../../web/format.js'

describe('a name', () => {
  it('shows control characters as pictures', () => {
    assert.equal(visible('a\nb\u0000c\u007f'), 'a␊b␀c␡')
  })

  it('shows characters that reorder or hide text by their escapes', () => {
    assert.equal(visible('rlo\u202egpj.txt'), 'rlo\\u202egpj.txt')
    assert.equal(
      visible('\u2066a\u2069\u200b\u200f\ufeff\u0085'),
      '\\u2066a\\u2069\\u200b\\u200f\\ufeff\\u0085',
    )
  })

  it('keeps letters of every script, emoji and joiners', () => {
    for (const name of ['märchen', 'מלחמה', 'می\u200cخواهم', '👩\u200d🚀']) assert.equal(visible(name), name)
  })

  it('has a tail when it is long, and is split between characters only', () => {
    assert.deepEqual(headAndTail('emma.txt'), ['emma.txt', ''])
    const family = '👩\u200d👩\u200d👧'
    assert.deepEqual(headAndTail(`${family.repeat(20)}!`), [family.repeat(11), `${family.repeat(9)}!`])
  })
})
