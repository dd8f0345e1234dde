import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { describe, it } from 'node:test'
import { EditionCheck, md5In } from '../../../../books/ingest/edition-check.ts'
import { TornEdition } from '../../../../books/ingest/stored-book.ts'
import { streamOf } from './fake-collaborators.ts'

const md5 = (text: string) => createHash('md5').update(text).digest('hex')

async function read(check: EditionCheck, etag: string, text: string): Promise<string> {
  const chunks: Buffer[] = []
  const halves = [text.slice(0, 3), text.slice(3)].map((half) => Buffer.from(half))
  for await (const chunk of check.verified({ etag }, streamOf(halves))) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

describe('the check of an edition', () => {
  it('passes bytes whose MD5 is the ETag, and fails behind others', async () => {
    const check = new EditionCheck()
    assert.equal(await read(check, `"${md5('edition')}"`, 'edition'), 'edition')
    await assert.rejects(read(check, `"${md5('edition')}"`, 'another'), TornEdition)
    assert.equal(await read(check, `"${md5('edition')}"`, 'edition'), 'edition')
  })

  it('passes what differs in the same way twice in a row: the ETags of that server are no MD5', async () => {
    const check = new EditionCheck()
    const etag = `"${md5('not of the bytes')}"`
    await assert.rejects(read(check, etag, 'edition'), TornEdition)
    await assert.rejects(read(check, etag, 'another'), TornEdition)
    assert.equal(await read(check, etag, 'another'), 'another')
  })

  it('compares nothing with an ETag that is no MD5', () => {
    const etag = `"${md5('edition')}"`
    assert.equal(md5In({ etag }), md5('edition'))
    assert.equal(md5In({ etag, encryption: 'AES256' }), md5('edition'))
    assert.equal(md5In({ etag, encryption: 'aws:kms' }), undefined)
    assert.equal(md5In({ etag: `"${md5('edition')}-3"` }), undefined)
    assert.equal(md5In({ etag: '' }), undefined)
  })
})
