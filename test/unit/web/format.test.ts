import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { headAndTail, percentOf, visible } from '../../../web/format.js'

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

  it('is shown if it is empty', () => assert.equal(visible(''), '(no name)'))

  it('shows spaces if it has no other character', () => {
    assert.equal(visible('  \u00a0\u3000\n'), '␣␣␣␣␊')
    assert.equal(visible(' a '), ' a ')
  })

  it('keeps letters of every script, emoji and joiners', () => {
    for (const name of ['märchen', 'מלחמה', 'می\u200cخواهم', '👩\u200d🚀']) assert.equal(visible(name), name)
  })

  it('is split into head and tail when it is long, only between characters', () => {
    assert.deepEqual(headAndTail('emma.txt'), ['emma.txt', ''])
    const mixed = 'chapter 12 of שלום עולם.txt'
    assert.deepEqual(headAndTail(mixed), [mixed, ''])
    const family = '👩\u200d👩\u200d👧'
    assert.deepEqual(headAndTail(`${family.repeat(20)}!`), [family.repeat(11), `${family.repeat(9)}!`])
  })
})

it('a share has two significant digits, and a small one is shown as < 0.1 %', () => {
  const shares = [0, 1, 30, 156, 5_000].map((part) => percentOf(part, 10_000))
  assert.deepEqual(shares, ['0 %', '< 0.1 %', '0.3 %', '1.6 %', '50 %'])
  assert.equal(percentOf(0, 0), '0 %')
})
