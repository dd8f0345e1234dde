import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { bookName as bookNameOfTheApi } from '../../../books/book-name.ts'
import { editionOf as editionOfTheLog } from '../../../books/line-header.ts'
import { LineSplitter } from '../../../books/lines.ts'
import { bookName } from '../../../web/book-name.js'
import { editionOf } from '../../../web/edition.js'
import { countLines } from '../../../web/file-lines.js'

// The types of this module are a browser's.
const { chosenFiles } = await import(new URL('../../../web/dropped-files.js', import.meta.url).href)

describe('a file in the browser', () => {
  it('has the same number of lines as in ingest', async () => {
    const text = fc.array(fc.constantFrom('a', '\n', '\r', '\r\n', 'é'), { maxLength: 30 })
    await fc.assert(
      fc.asyncProperty(text, async (parts) => {
        const bytes = Buffer.from(parts.join(''))
        const splitter = new LineSplitter()
        const lines = [...splitter.split(bytes), ...splitter.finish()].length
        assert.equal(await countLines(new File([bytes], 'a.txt')), lines)
      }),
    )
  })

  it('has the same name as in the API', () => {
    const path = fc.array(fc.constantFrom('\\', 'x', '4', 'A', 'é', '📚', '\t', '/'), { maxLength: 8 })
    fc.assert(
      fc.property(path, (parts) => {
        const key = parts.join('')
        assert.equal(bookName(key), bookNameOfTheApi(Buffer.from(key)))
      }),
      { numRuns: 5_000 },
    )
  })

  it('is taken if it is chosen itself or visible in its folder', () => {
    const paths = ['.notes', 'a.txt', 'folder/a.txt', 'folder/.DS_Store', 'folder/.git/a', '.config/a']
    const files = paths.map((path) => Object.assign(new File([], path), { webkitRelativePath: path }))
    const taken: { readonly book: string }[] = chosenFiles(files)
    const names = taken.map(({ book }) => book)
    assert.deepEqual(names, ['.notes', 'a.txt', 'folder/a.txt', '.config/a'])
  })

  it('is decompressed to count its lines, and has no number of lines when it is damaged', async () => {
    const packed = gzipSync('a\nb\nc')
    assert.equal(await countLines(new File([packed], 'a.txt.gz')), 3)
    assert.equal(await countLines(new File([packed.subarray(0, 12)], 'a.txt.gz')), undefined)
  })

  it('has the same edition as in the log', async () => {
    for (const etag of ['"9dd4e461268c8034f5c8564e155c67a6"', '9dd4e461268c8034f5c8564e155c67a6', '"a-12"']) {
      assert.equal(await editionOf(etag), editionOfTheLog(etag))
    }
    assert.equal(await editionOf(null), undefined)
  })
})
