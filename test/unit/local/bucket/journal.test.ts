import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Commit, encodeCommit, replay } from '../../../../local/bucket/journal.ts'

const key = fc.constantFrom('a', 'b', 'c', 'd')
const commit: fc.Arbitrary<Commit<string>> = fc.record({
  put: fc.array(fc.tuple(key, fc.string({ unit: 'grapheme' })), { maxLength: 3 }),
  remove: fc.array(key, { maxLength: 2 }),
})
const commits = fc.array(commit, { minLength: 1, maxLength: 12 })

const fold = (list: readonly Commit<string>[]) => {
  const entries = new Map<string, string>()
  for (const { put = [], remove = [] } of list) {
    for (const [name, value] of put) entries.set(name, value)
    for (const name of remove) entries.delete(name)
  }
  return entries
}
const file = (list: readonly Commit<string>[]) => Buffer.from(list.map((one) => encodeCommit(one)).join(''))

describe('a journal', () => {
  it('is replayed as its commits, in their order', () => {
    fc.assert(
      fc.property(commits, (list) =>
        assert.deepEqual(replay(file(list)), { entries: fold(list), damaged: 0 }),
      ),
    )
  })

  it('that is truncated anywhere is replayed up to the last whole commit', () => {
    fc.assert(
      fc.property(commits, fc.nat(), (list, at) => {
        const bytes = file(list)
        const cut = bytes.subarray(0, at % (bytes.length + 1))
        const whole = cut.toString('latin1').split('\n').length - 1
        assert.deepEqual(replay(cut), { entries: fold(list.slice(0, whole)), damaged: 0 })
      }),
    )
  })

  it('with a damaged byte loses only the one or two commits around it, and reports the damage', () => {
    fc.assert(
      fc.property(commits, fc.nat(), fc.integer({ min: 1, max: 255 }), (list, at, flip) => {
        const bytes = file(list)
        const place = at % bytes.length
        const index = bytes.subarray(0, place).toString('latin1').split('\n').length - 1
        const wasLineEnd = bytes[place] === 10
        bytes[place]! ^= flip
        const lost = wasLineEnd ? [index, index + 1] : [index]
        const { entries, damaged } = replay(bytes)
        assert.deepEqual(entries, fold(list.filter((_, i) => !lost.includes(i))))
        const atTheEnd = wasLineEnd && index === list.length - 1
        assert.equal(damaged > 0, !atTheEnd)
      }),
    )
  })

  it('reports garbage as damage, not as commits', () => {
    assert.deepEqual(replay(Buffer.from('\n\0\0\0\n00000000 {"remove":["a"]}\n')), {
      entries: new Map(),
      damaged: 3,
    })
  })
})
