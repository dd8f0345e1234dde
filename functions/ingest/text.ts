import { AppError } from '../../lib/errors.ts'
import { gunzip } from './gunzip.ts'
import type { StoredBook } from './stored-book.ts'

const checkedBytes = 8 * 1024

/**
 * A stored book's text, decompressed while it streams. What has a NUL byte in its first 8 KiB is not text; images,
 * archives (zip, epub), PDF and UTF-16 all do.
 * @throws OBJECT_NOT_TEXT, OBJECT_UNREADABLE
 */
export async function* textOf(name: string, book: StoredBook): AsyncGenerator<Buffer, void> {
  let position = 0
  for await (const chunk of book.gzip ? gunzip(name, book.chunks) : book.chunks) {
    if (position < checkedBytes) {
      const nul = chunk.subarray(0, checkedBytes - position).indexOf(0)
      if (nul >= 0) throw notText(name, position + nul)
    }
    position += chunk.length
    yield chunk
  }
}

function notText(name: string, byte: number): AppError {
  return new AppError(
    'OBJECT_NOT_TEXT',
    `"${name}" is not text: byte ${byte} is NUL. The book is not counted: upload plain text in an encoding without NUL bytes, or text compressed with gzip.`,
  )
}
