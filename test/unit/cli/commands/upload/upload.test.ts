import assert from 'node:assert/strict'
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { booksAt } from '../../../../../cli/commands/upload/upload.ts'
import { hasText } from '../../../../../cli/commands/upload/upload-books.ts'
import { temporaryFolder } from '../../../../harness/names.ts'

const folder = temporaryFolder()
mkdirSync(join(folder, 'books', 'more'), { recursive: true })
mkdirSync(join(folder, 'empty'))
writeFileSync(join(folder, 'books', 'a b.txt'), 'one\n')
writeFileSync(join(folder, 'books', 'more', 'ß.txt'), 'one\ntwo\n')

/** This system rejects such names. */
const isDarwin = process.platform === 'darwin'

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

test('reads a pipe to its end, with its size', () => {
  const pipe = join(folder, 'pipe')
  execFileSync('sh', ['-c', 'mkfifo "$0"', pipe])
  spawn('sh', ['-c', 'printf "one\\ntwo\\n" > "$0"', pipe])
  const [book] = booksAt([pipe], { prefix: '', key: 'piped.txt' })
  assert.deepEqual([book?.key, book?.size, String(book?.open())], ['piped.txt', 8, 'one\ntwo\n'])
})

test('waits for no lines of a book without text', async () => {
  const contents: [string, Buffer, boolean][] = [
    ['empty.txt', Buffer.alloc(0), false],
    ['one.txt', Buffer.from('1'), true],
    ['empty.gz', gzipSync(''), false],
    ['one.gz', gzipSync('1'), true],
    ['damaged.gz', Buffer.from('1'), true],
  ]
  for (const [key, bytes, expected] of contents) {
    assert.equal(await hasText({ key, size: bytes.length, open: () => bytes }), expected, key)
  }
})

test('uploads all files of a folder, with names from its parent', () => {
  assert.deepEqual(keys(['books']), [
    ['books/a b.txt', 4],
    ['books/more/ß.txt', 8],
  ])
})

test('uploads linked files of a folder, and no hidden ones', () => {
  const shelf = join(folder, 'shelf')
  mkdirSync(join(shelf, '.git'), { recursive: true })
  writeFileSync(join(shelf, '.git', 'HEAD'), 'one\n')
  writeFileSync(join(shelf, '.DS_Store'), 'one\n')
  symlinkSync(join(folder, 'books', 'a b.txt'), join(shelf, 'linked.txt'))
  symlinkSync(join(folder, 'books'), join(shelf, 'folder'))
  assert.deepEqual(keys(['shelf']), [['shelf/linked.txt', 4]])
  assert.deepEqual(keys(['shelf/.DS_Store']), [['.DS_Store', 4]])
})

test('reports a file that disappears, or whose name is not Unicode', { skip: isDarwin }, () => {
  const shelf = join(folder, 'latin')
  mkdirSync(shelf)
  writeFileSync(Buffer.from(join(shelf, 'caf\xe9.txt'), 'latin1'), 'one\n')
  assert.throws(() => keys(['latin']), {
    code: 'NOT_FOUND',
    message: /^"\S+caf\ufffd\.txt" cannot be read: ENOENT.*\. Nothing was uploaded\.$/,
  })
})

test('rejects a missing file, an empty folder, an empty name, and one name for two books', () => {
  assert.throws(() => keys(['books/a b.txt'], { key: '' }), { code: 'USAGE', message: /--key/ })
  assert.throws(() => keys(['nowhere']), { code: 'NOT_FOUND', message: /nowhere/ })
  assert.throws(() => keys(['empty']), { code: 'NOT_FOUND' })
  assert.throws(() => keys(['books'], { key: 'one' }), { code: 'USAGE', message: /--key/ })
  assert.throws(() => keys(['books/a b.txt', 'books/a b.txt']), { code: 'USAGE', message: /"a b.txt"/ })
})
