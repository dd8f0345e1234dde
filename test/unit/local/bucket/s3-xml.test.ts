import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  childrenOf,
  errorXml,
  escapeXml,
  isNamed,
  keysToDelete,
  rootOf,
  s3Error,
} from '../../../../local/bucket/s3-xml.ts'

const deleting = (objects: string) => keysToDelete(Buffer.from(`<Delete>${objects}</Delete>`))
const object = (key: string) => `<Object><Key>${key}</Key></Object>`

/** Text with only characters that XML can contain. */
const text = fc
  .string({ unit: 'grapheme', minLength: 1 })
  .map((text) => text.replace(/[^\t\n\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '?'))

describe('the keys of a bulk delete', () => {
  it('are read from escaped text and from CDATA sections', () => {
    fc.assert(
      fc.property(text, (key) => {
        assert.deepEqual(deleting(object(escapeXml(key))), [key])
        if (!key.includes(']]>')) assert.deepEqual(deleting(object(`<![CDATA[${key}]]>`)), [key])
      }),
    )
  })

  it('are read with a namespace, a prefix, a declaration, comments and the other fields', () => {
    const xml = `<?xml version="1.0" encoding="utf-8"?><!-- <Object> -->
      <d:Delete xmlns:d="http://s3.amazonaws.com/doc/2006-03-01/"><d:Quiet>true</d:Quiet>
      <d:Object><d:Key> a&#x2f;&#13;</d:Key><d:VersionId>null</d:VersionId></d:Object>
      <d:Object><d:ETag>e</d:ETag><d:Key>b</d:Key></d:Object></d:Delete>`
    assert.deepEqual(keysToDelete(Buffer.from(xml)), [' a/\r', 'b'])
    assert.deepEqual(keysToDelete(Buffer.from(`\ufeff<Delete>${object('k')}</Delete>`)), ['k'])
  })

  for (const [what, body] of [
    ['text that is not XML', 'not xml <Object><Key>k</Key></Object>'],
    ['no content', ''],
    ['no object', '<Delete/>'],
    ['another root', `<Remove>${object('k')}</Remove>`],
    ['an element that S3 does not have', `<Delete>${object('k')}<More/></Delete>`],
    ['a field that S3 does not have', '<Delete><Object><Key>k</Key><Name>k</Name></Object></Delete>'],
    ['an empty key', `<Delete>${object('')}</Delete>`],
    ['an object without a key', '<Delete><Object/></Delete>'],
    ['an object with two keys', '<Delete><Object><Key>a</Key><Key>b</Key></Object></Delete>'],
    ['a key of several pieces', `<Delete>${object('a<!-- c -->b')}</Delete>`],
    ['a key of text and CDATA', `<Delete>${object('a<![CDATA[b]]>')}</Delete>`],
    ['an element in a key', `<Delete>${object('<b>a</b>')}</Delete>`],
    ['a document type', `<!DOCTYPE d><Delete>${object('k')}</Delete>`],
    ['an entity', `<!DOCTYPE d [<!ENTITY k "x">]><Delete>${object('&k;')}</Delete>`],
    [
      'another declared encoding',
      `<?xml version="1.0" encoding="ISO-8859-1"?><Delete>${object('k')}</Delete>`,
    ],
    ['a character that XML does not have', `<Delete>${object('&#1;')}</Delete>`],
    ['1,001 keys', `<Delete>${object('k').repeat(1_001)}</Delete>`],
  ] as const) {
    it(`are rejected with ${what}`, () => assert.equal(keysToDelete(Buffer.from(body)), undefined))
  }

  it('are rejected in another encoding than UTF-8', () => {
    const xml = `<Delete>${object('k')}</Delete>`
    assert.equal(keysToDelete(Buffer.from(`\ufeff${xml}`, 'utf16le')), undefined)
    assert.equal(keysToDelete(Buffer.from(xml, 'utf16le')), undefined)
    assert.equal(keysToDelete(Buffer.from(`<Delete>${object('é')}</Delete>`, 'latin1')), undefined)
  })
})

describe('a response of S3', () => {
  it('is read after keep-alive whitespace, with or without a namespace', () => {
    const xml =
      ' \n<?xml version="1.0"?>\n <s3:DeleteResult xmlns:s3="x"><s3:Error><s3:Key>a\n</s3:Key></s3:Error></s3:DeleteResult>'
    const root = rootOf(xml)!
    assert.ok(isNamed(root, 'DeleteResult') && !isNamed(root, 'Error'))
    const errors = childrenOf(root, 'Error').flatMap((error) => childrenOf(error, 'Key'))
    assert.deepEqual(
      errors.map(({ text }) => text),
      ['a\n'],
    )
  })

  it('is undefined when it is truncated or empty', () => {
    assert.deepEqual([rootOf('<DeleteResult><Deleted>'), rootOf('')], [undefined, undefined])
  })

  it('with an error has the XML of S3', () => {
    assert.match(
      errorXml(s3Error(400, 'A', 'b<c')),
      /<Error><Code>A<\/Code><Message>b&#60;c<\/Message><\/Error>$/,
    )
  })
})
