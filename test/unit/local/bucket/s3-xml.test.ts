import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  elementsOf,
  errorXml,
  escapeXml,
  s3Error,
  textsOf,
  unescapeXml,
} from '../../../../local/bucket/s3-xml.ts'

describe('XML of S3', () => {
  it('gives back any text that was escaped', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        assert.equal(unescapeXml(escapeXml(text)), text)
        assert.deepEqual(textsOf(`<Key>${escapeXml(text)}</Key>`, 'Key'), [text])
      }),
    )
  })

  it('reads named, decimal and hexadecimal characters once', () => {
    assert.equal(
      unescapeXml('&lt;&amp;&gt;&quot;&apos;&#10;&#x1F4DA;&amp;lt;&unknown;'),
      '<&>"\'\n📚&lt;&unknown;',
    )
  })

  it('finds elements with a namespace, attributes, or neither', () => {
    const xml =
      '<D xmlns="x"><Object><Key>a</Key></Object><s3:Object y="1"><s3:Key>b\n</s3:Key></s3:Object></D>'
    assert.deepEqual(
      elementsOf(xml, 'Object').flatMap((object) => textsOf(object, 'Key')),
      ['a', 'b\n'],
    )
    assert.deepEqual(textsOf('<Keys>a</Keys>', 'Key'), [])
  })

  it('says an error as S3 does', () => {
    assert.match(
      errorXml(s3Error(400, 'A', 'b<c')),
      /<Error><Code>A<\/Code><Message>b&#60;c<\/Message><\/Error>$/,
    )
  })
})
