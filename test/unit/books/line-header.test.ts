import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { editionOf, encodeLineHeader, parseLineHeader } from '../../../books/line-header.ts'

const edition = fc.string().map(editionOf)
const number = fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER })

test('parses encoded headers, from a Buffer and from an array of byte numbers', () => {
  fc.assert(
    fc.property(edition, number, fc.boolean(), (edition, number, end) => {
      const header = { edition, number, end }
      const bytes = encodeLineHeader(header)
      assert.deepEqual(parseLineHeader(bytes), header)
      assert.deepEqual(parseLineHeader([...bytes]), header)
    }),
  )
})

test('encodes the documented format', () => {
  assert.equal(encodeLineHeader({ edition: 'AbCd_-09', number: 12, end: false }).toString(), 'AbCd_-09:12')
  assert.equal(encodeLineHeader({ edition: 'AbCd_-09', number: 12, end: true }).toString(), 'AbCd_-09:12:end')
})

test('parses exactly the bytes that match the documented pattern', () => {
  const pattern = /^([A-Za-z0-9_-]{8}):([1-9]\d*)(:end)?$/
  const nearly = fc
    .tuple(
      fc.stringMatching(/^[A-Za-z0-9_-]{7,9}$/),
      fc.constantFrom(':', '', '::', ';'),
      fc.stringMatching(/^[0-9]{0,18}$/),
      fc.constantFrom('', ':end', ':en', ':endx', 'end', ':', ':END', ':end:end'),
    )
    .map((parts) => parts.join(''))
  fc.assert(
    fc.property(fc.oneof(nearly, fc.string()), (text) => {
      const match = pattern.exec(text)
      const expected =
        match !== null && Number.isSafeInteger(Number(match[2]))
          ? { edition: match[1], number: Number(match[2]), end: match[3] !== undefined }
          : undefined
      assert.deepEqual(parseLineHeader(Buffer.from(text)), expected)
    }),
    { numRuns: 2_000 },
  )
})

test('rejects values that are not bytes', () => {
  for (const bytes of [[], [Number.NaN], Array(12).fill(-1), Array(12).fill(300)]) {
    assert.equal(parseLineHeader(bytes), undefined)
  }
})

test('derives an edition of 8 base64url characters from the ETag, regardless of quotes', () => {
  fc.assert(
    fc.property(fc.string(), (etag) => {
      assert.match(editionOf(etag), /^[A-Za-z0-9_-]{8}$/)
      assert.notEqual(editionOf(etag), editionOf(`${etag}.`))
      assert.equal(editionOf(etag), editionOf(`"${etag}"`))
    }),
  )
})
