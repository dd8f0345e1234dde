import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { decodeAwsChunked } from '../../../../local/bucket/aws-chunked.ts'

const encode = (chunks: readonly Uint8Array[], end: string) =>
  Buffer.concat([
    ...chunks.flatMap((chunk) => [
      Buffer.from(`${chunk.length.toString(16)};chunk-signature=${'0'.repeat(64)}\r\n`),
      Buffer.from(chunk),
      Buffer.from('\r\n'),
    ]),
    Buffer.from(end),
  ])

describe('an aws-chunked body', () => {
  it('is decoded to its chunks, with or without signatures and trailers', () => {
    const chunk = fc.uint8Array({ minLength: 1, maxLength: 40 })
    const end = fc.constantFrom(
      '0\r\n\r\n',
      `0;chunk-signature=${'0'.repeat(64)}\r\n\r\n`,
      '0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n',
    )
    fc.assert(
      fc.property(fc.array(chunk, { maxLength: 5 }), end, (chunks, last) =>
        assert.deepEqual(decodeAwsChunked(encode(chunks, last)), Buffer.concat(chunks)),
      ),
    )
  })

  it('that is invalid or truncated is rejected', () => {
    for (const text of ['', '<Delete>', '5\r\nabc', '5\r\nabcde\r\n', 'zz\r\n']) {
      assert.equal(decodeAwsChunked(Buffer.from(text)), undefined, text)
    }
  })
})
