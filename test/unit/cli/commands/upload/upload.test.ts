import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { booksAt } from '../../../../../cli/commands/upload/upload.ts'
import { temporaryFolder } from '../../../../harness/names.ts'

const folder = temporaryFolder()
mkdirSync(join(folder, 'books', 'more'), { recursive: true })
mkdirSync(join(folder, 'empty'))
writeFileSync(join(folder, 'books', 'a b.txt'), 'one\n')
writeFileSync(join(folder, 'books', 'more', 'ß.txt'), 'one\ntwo\n')

const keys = (paths: string[], options = {}) =>
  booksAt(
    paths.map((path) => join(folder, path)),
    { prefix: '', ...options },
  ).map(({ key, size }) => [key, size])

test('names a book after its file', () => {
  assert.deepEqual(keys(['books/a b.txt']), [['a b.txt', 4]])
  assert.deepEqual(keys(['books/a b.txt'], { key: 'other' }), [['other', 4]])
  assert.deepEqual(keys(['books/a b.txt'], { prefix: 'mine/' }), [['mine/a b.txt', 4]])
})

test('uploads all files of a folder, with names from its parent', () => {
  assert.deepEqual(keys(['books']), [
    ['books/a b.txt', 4],
    ['books/more/ß.txt', 8],
  ])
})

test('rejects a missing file, an empty folder, and one name for two books', () => {
  assert.throws(() => keys(['nowhere']), { code: 'NOT_FOUND', message: /nowhere/ })
  assert.throws(() => keys(['empty']), { code: 'NOT_FOUND' })
  assert.throws(() => keys(['books'], { key: 'one' }), { code: 'USAGE', message: /--key/ })
  assert.throws(() => keys(['books/a b.txt', 'books/a b.txt']), { code: 'USAGE', message: /"a b.txt"/ })
})
