import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { bookKey, bookName } from '../../../books/book-name.ts'

describe('bookName', () => {
  it('returns a UTF-8 key unchanged', () => {
    for (const key of ['a.txt', 'märchen/grün.txt', '📚/50 % off?.txt', 'C:\\books\\a', 'new\nline', '']) {
      assert.equal(bookName(Buffer.from(key)), key)
    }
  })

  it('escapes a key that is not UTF-8', () => {
    assert.equal(bookName(Buffer.from('café\\1', 'latin1')), 'caf\\xE9\\\\1')
    assert.equal(bookName(Buffer.from([0xff, 0x00, 0x41])), '\\xFF\\x00A')
  })

  it('escapes a key that looks escaped', () => {
    assert.equal(bookName(Buffer.from('caf\\xE9')), 'caf\\\\xE9')
  })

  it('returns a name that bookKey converts back to the key', () => {
    const bytes = fc.array(fc.constantFrom(0x41, 0x45, 0x39, 0x5c, 0x78, 0xe9, 0xc3, 0xa9, 0x00), {
      maxLength: 8,
    })
    fc.assert(
      fc.property(bytes, (key) => {
        assert.deepEqual([...bookKey(bookName(Buffer.from(key)))], key)
      }),
      { numRuns: 20_000 },
    )
  })

  it('returns different names for different keys', () => {
    const bytes = fc.array(fc.constantFrom(0x41, 0x45, 0x39, 0x5c, 0x78, 0xe9, 0xc3, 0xa9, 0x00), {
      maxLength: 6,
    })
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        const [one, other] = [Buffer.from(a), Buffer.from(b)]
        assert.equal(bookName(one) === bookName(other), one.equals(other))
      }),
      { numRuns: 20_000 },
    )
  })
})
