import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copySources } from '../../../../local/bucket/copy-sources.ts'

const sources = (header?: string) =>
  copySources(header === undefined ? {} : { 'x-amz-copy-source': header }).map(
    ({ bucket, key }) => `${bucket}: ${key}`,
  )

test('reads the source of a copy with and without a slash, encoded or not', () => {
  assert.deepEqual(sources('/books/a%20b/c%C3%A9.txt'), ['books: a b/cé.txt'])
  assert.deepEqual(sources('books/a b/cé.txt?versionId=null'), ['books: a b/cé.txt'])
  assert.deepEqual(sources('books/100%'), ['books: 100%'])
  for (const slash of ['', '/', '%2F']) {
    assert.deepEqual(sources(`${slash}books%2Fa%2Fb%20c`), ['books: a/b c'])
  }
})

test('returns both meanings of a plus in the source of a copy', () => {
  assert.deepEqual(sources('books/a+b'), ['books: a+b', 'books: a b'])
})

test('returns no source without a header or without a key', () => {
  assert.deepEqual([sources(), sources('books'), sources('/books/')], [[], [], []])
})
