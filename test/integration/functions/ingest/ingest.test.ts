import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { isDeepStrictEqual } from 'node:util'
import { gzipSync } from 'node:zlib'
import { maxLineBytes } from '../../../../books/ingest/write-lines.ts'
import { AppError } from '../../../../lib/errors.ts'
import { inTime, setUp } from '../../../harness/ingest.ts'
import { type KcatRecord, withoutKcat } from '../../../harness/kcat.ts'
import { temporaryFolder } from '../../../harness/names.ts'
import { linesByPython } from '../../../harness/python.ts'
import { books, emptyBooks } from './books.ts'

const { put, remove, container, recordsByBook, tasks } = await setUp()
const ingester = container()

async function recordsOf(book: string): Promise<KcatRecord[]> {
  return (await recordsByBook()).get(book) ?? []
}

describe('ingest, from a real bucket to a real broker', { skip: withoutKcat }, () => {
  it('writes every line of every kind of book, byte for byte, in order, in one partition', async () => {
    const { put, container, recordsByBook, tasks } = await setUp()
    for (const [key, { bytes }] of Object.entries(books)) await put(key, bytes)
    await container().ingest(tasks(...Object.keys(books)), inTime)
    const found = await recordsByBook()
    const folder = temporaryFolder()
    for (const [key, { bytes }] of Object.entries(books)) {
      const records = found.get(key) ?? []
      const expected = readByPython(folder, key, bytes)
      assert.equal(records.length, expected.length, key)
      assert.ok(
        isDeepStrictEqual(
          records.map(({ value }) => value?.toString('latin1')),
          expected,
        ),
        key,
      )
      assert.equal(new Set(records.map(({ partition }) => partition)).size, 1, key)
    }
  })

  it('numbers the lines, names the edition and marks the end in one header', async () => {
    await put('plain.txt', 'one\ntwo\nthree')
    await ingester.ingest(tasks('plain.txt'), inTime)
    const records = await recordsOf('plain.txt')
    const [, edition] = /^line=([\w-]{8}):1$/.exec(records[0]!.headers)!
    assert.deepEqual(
      records.map(({ headers }) => headers),
      [`line=${edition}:1`, `line=${edition}:2`, `line=${edition}:3:end`],
    )
  })

  it('writes the same editions again for a repeated event', async () => {
    const before = await recordsOf('plain.txt')
    await ingester.ingest(tasks('plain.txt', 'plain.txt'), inTime)
    const after = await recordsOf('plain.txt')
    assert.deepEqual(after.slice(before.length).map(contentOf), before.map(contentOf))
  })

  it('decompresses an object with Content-Encoding gzip', async () => {
    await put('encoded.txt', gzipSync('one\ntwo\n'), 'gzip')
    await ingester.ingest(tasks('encoded.txt'), inTime)
    assert.deepEqual(
      (await recordsOf('encoded.txt')).map(({ value }) => String(value)),
      ['one', 'two'],
    )
  })

  it('writes a removal for books without lines and for removed ones', async () => {
    for (const [key, { bytes }] of Object.entries(emptyBooks)) await put(key, bytes)
    await remove('plain.txt')
    const removed = [...Object.keys(emptyBooks), 'plain.txt', 'never there.txt']
    await ingester.ingest(tasks(...removed), inTime)
    const found = await recordsByBook()
    for (const key of removed) assert.equal(found.get(key)?.at(-1)?.value, null, key)
  })

  const rejected: Readonly<Record<string, { bytes: Buffer; code: string; message: RegExp }>> = {
    'long.txt': {
      bytes: Buffer.from(`one\n${'x'.repeat(maxLineBytes('long.txt') + 1)}\nthree\n`),
      code: 'LINE_TOO_LONG',
      message: /Line 2 of "long.txt" has at least 1048441 bytes/,
    },
    'endless.txt': {
      bytes: Buffer.alloc(5_000_000, 'x'),
      code: 'LINE_TOO_LONG',
      message: /Line 1 of "endless.txt" has at least \d+ bytes/,
    },
    'picture.png': {
      bytes: Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1'),
      code: 'OBJECT_NOT_TEXT',
      message: /"picture.png" is not text: byte 8 is NUL/,
    },
    'book.epub': {
      bytes: Buffer.from('PK\x03\x04\x14\0\x08\x08', 'latin1'),
      code: 'OBJECT_NOT_TEXT',
      message: /"book.epub" is not text/,
    },
    'compressed picture.gz': {
      bytes: gzipSync('\x89PNG\r\n\x1a\n\0'),
      code: 'OBJECT_NOT_TEXT',
      message: /byte \d+ is NUL/,
    },
    'cut off.gz': {
      bytes: gzipSync('one\ntwo\n'.repeat(1_000)).subarray(0, 30),
      code: 'OBJECT_UNREADABLE',
      message: /"cut off.gz" cannot be decompressed: unexpected end of file/,
    },
    'damaged.gz': {
      bytes: damaged(gzipSync('one\ntwo\n')),
      code: 'OBJECT_UNREADABLE',
      message: /cannot be decompressed/,
    },
    'plain text.gz': {
      bytes: Buffer.from('one\n'),
      code: 'OBJECT_UNREADABLE',
      message: /cannot be decompressed/,
    },
    'bomb.gz': {
      bytes: gzipSync(Buffer.alloc(20 * 1024 * 1024, `${'x'.repeat(999)}\n`)),
      code: 'OBJECT_UNREADABLE',
      message: /unpacks to more than \d+ bytes/,
    },
  }

  for (const [key, { bytes, code, message }] of Object.entries(rejected)) {
    it(`removes a book that cannot be counted, and reports the reason: ${key}`, async () => {
      await put(key, bytes)
      await put('beside.txt', 'fine\n')
      await assert.rejects(ingester.ingest(tasks(key, 'beside.txt'), inTime), (error: Error) => {
        assert.ok(error instanceof AppError)
        assert.equal(error.code, code)
        assert.equal(error.retryable, false)
        assert.match(error.message, message)
        return true
      })
      const found = await recordsByBook()
      assert.equal(found.get(key)?.at(-1)?.value, null)
      assert.equal(String(found.get('beside.txt')?.at(-1)?.value), 'fine')
    })
  }
})

/** The lines that Python reads, as Latin-1. */
function readByPython(folder: string, key: string, bytes: Buffer): string[] {
  const path = join(folder, key.endsWith('.gz') ? 'book.gz' : 'book.txt')
  writeFileSync(path, bytes)
  return linesByPython(path)
}

function contentOf({ value, headers }: KcatRecord) {
  return { value, headers }
}

/** Changes the checksum at its end. */
function damaged(gzip: Buffer): Buffer {
  gzip.writeUInt32LE(gzip.readUInt32LE(gzip.length - 8) ^ 1, gzip.length - 8)
  return gzip
}
