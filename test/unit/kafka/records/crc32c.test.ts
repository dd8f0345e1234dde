import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { crc32c } from '../../../../kafka/records/crc32c.ts'

const ascending = Buffer.from(Array.from({ length: 32 }, (_, i) => i))

/** The check value of the algorithm's catalogue, and the examples of RFC 3720, B.4. */
const published = new Map<Buffer, number>([
  [Buffer.from('123456789'), 0xe3069283],
  [Buffer.alloc(32), 0x8a9136aa],
  [Buffer.alloc(32, 0xff), 0x62a8ab43],
  [ascending, 0x46dd794e],
  [Buffer.from(ascending).reverse(), 0x113fdb5c],
])

for (const [bytes, expected] of published) {
  test(`the checksum of ${bytes.toString('hex')} is the published one`, () =>
    assert.equal(crc32c(bytes), expected))
}

test('the checksum of a range does not depend on its position in memory', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), fc.nat(20), (bytes, before, after) => {
      const within = Buffer.concat([Buffer.alloc(before, 1), bytes, Buffer.alloc(after, 2)])
      assert.equal(crc32c(within, before, before + bytes.length), crc32c(Uint8Array.from(bytes)))
    }),
  )
})

test('the checksum of many bytes is that of their parts in turn', () => {
  fc.assert(
    fc.property(fc.integer({ min: 65_500, max: 200_000 }), (length) => {
      const bytes = Buffer.from(Array.from({ length }, (_, i) => (i * i) % 253))
      let crc = -1
      for (const byte of bytes) {
        crc ^= byte
        for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0)
      }
      assert.equal(crc32c(bytes), ~crc >>> 0)
    }),
    { numRuns: 5 },
  )
})

test('a changed bit changes the checksum', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), fc.nat(), (bytes, bit) => {
      const changed = Uint8Array.from(bytes)
      changed[(bit >> 3) % bytes.length]! ^= 1 << (bit & 7)
      assert.notEqual(crc32c(changed), crc32c(bytes))
    }),
  )
})
