import assert from 'node:assert/strict'
import { test } from 'node:test'
import { mobyDickChapters } from '../../../../../cli/commands/samples/sample-books.ts'

test('makes each chapter of Moby-Dick a book, and sorts them in reading order', () => {
  const keys = mobyDickChapters().map(({ key }) => key)
  assert.equal(keys.length, 139)
  const chapters = keys.filter((key) => key.includes('chapter_'))
  assert.equal(chapters[0], 'moby-dick/chapter_001.txt')
  assert.equal(chapters.at(-1), 'moby-dick/chapter_135.txt')
  assert.deepEqual(chapters, [...chapters].sort())
})
