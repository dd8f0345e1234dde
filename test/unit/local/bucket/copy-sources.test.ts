import assert from 'node:assert/strict'
import { test } from 'node:test'
import { copySources } from '../../../../local/bucket/copy-sources.ts'

const sources = (header?: string) =>
  copySources(header === undefined ? {} : { 'x-amz-copy-source': header }).map(
    ({ bucket, key }) => `${bucket}: ${key}`,
  )

test('the source of a copy is read from its header, with and without a slash, encoded or not', () => {
  assert.deepEqual(sources('/books/a%20b/c%C3%A9.txt'), ['books: a b/cé.txt'])
  assert.deepEqual(sources('books/a b/cé.txt?versionId=null'), ['books: a b/cé.txt'])
  assert.deepEqual(sources('books/100%'), ['books: 100%'])
})

test('a plus in the source of a copy may be a space', () => {
  assert.deepEqual(sources('books/a+b'), ['books: a+b', 'books: a b'])
})

test('no header, and what is not a path in a bucket, is no source', () => {
  assert.deepEqual([sources(), sources('books'), sources('/books/')], [[], [], []])
})
