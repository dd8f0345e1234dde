import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { type Checksums, EditionCheck, expectedDigest } from '../../../../books/ingest/edition-check.ts'
import { TornEdition } from '../../../../books/ingest/stored-book.ts'
import { streamOf } from './fake-collaborators.ts'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

async function read(
  check: EditionCheck,
  etag: string,
  text: string,
  checksums: Checksums = {},
): Promise<string> {
  const chunks: Buffer[] = []
  const halves = [text.slice(0, 3), text.slice(3)].map((half) => Buffer.from(half))
  for await (const chunk of check.verified({ etag, checksums }, streamOf(halves))) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('EditionCheck', () => {
  it('accepts bytes whose MD5 is the ETag, and throws after other bytes', async () => {
    const check = new EditionCheck()
    assert.equal(await read(check, `"${md5('edition')}"`, 'edition'), 'edition')
    await assert.rejects(read(check, `"${md5('edition')}"`, 'another'), TornEdition)
    assert.equal(await read(check, `"${md5('edition')}"`, 'edition'), 'edition')
  })

  it('accepts bytes that differ from the ETag in the same way twice, because that ETag is not an MD5', async () => {
    const check = new EditionCheck()
    const etag = `"${md5('not of the bytes')}"`
    await assert.rejects(read(check, etag, 'edition'), TornEdition)
    await assert.rejects(read(check, etag, 'another'), TornEdition)
    assert.equal(await read(check, etag, 'another'), 'another')
  })

  it('expects the MD5 in the ETag, unless the object is encrypted with a key or uploaded in parts', () => {
    const etag = `"${md5('edition')}"`
    const expected = { algorithm: 'MD5', digest: Buffer.from(md5('edition'), 'hex').toString('base64') }
    assert.deepEqual(expectedDigest({ etag }), expected)
    assert.deepEqual(expectedDigest({ etag, encryption: 'AES256', checksums: { CRC32: 'other' } }), expected)
    assert.equal(expectedDigest({ etag, encryption: 'aws:kms' }), undefined)
    assert.equal(expectedDigest({ etag: `"${md5('edition')}-3"` }), undefined)
    assert.equal(expectedDigest({ etag: '' }), undefined)
  })

  it('ignores a checksum of checksums', () => {
    const etag = `"${md5('edition')}-3"`
    assert.equal(expectedDigest({ etag, checksums: { CRC32: 'y/U6HA==-3' } }), undefined)
    assert.deepEqual(
      expectedDigest({ etag, checksums: { CRC32: 'y/U6HA==-3', CRC64NVME: 'AAAAAAAAAAA=' } }),
      {
        algorithm: 'CRC64NVME',
        digest: 'AAAAAAAAAAA=',
      },
    )
  })

  // Check values of the CRC catalogue and of FIPS 180-4 tools for "123456789".
  for (const [algorithm, hex] of [
    ['CRC32', 'cbf43926'],
    ['CRC32C', 'e3069283'],
    ['CRC64NVME', 'ae8b14860a799888'],
    ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
    ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
  ] as const) {
    it(`compares the ${algorithm} of an object whose ETag is not an MD5`, async () => {
      const checksums = { [algorithm]: Buffer.from(hex, 'hex').toString('base64') }
      const check = new EditionCheck()
      const etag = `"${md5('123456789')}-2"`
      assert.equal(await read(check, etag, '123456789', checksums), '123456789')
      await assert.rejects(read(check, etag, '123456780', checksums), TornEdition)
    })
  }
})
