import { AppError } from '../../lib/errors.ts'
import { gunzip } from './gunzip.ts'
import type { StoredBook } from './stored-book.ts'

const checkedBytes = 8 * 1024
const gzipMagic = '\x1f\x8b' // RFC 1952, section 2.3.1

/**
 * Streams the decompressed text. Content with a NUL byte in its first 8 KiB is not text.
 * @throws OBJECT_NOT_TEXT, OBJECT_UNREADABLE
 */
export async function* textOf(name: string, book: StoredBook): AsyncGenerator<Buffer, void> {
  let head = ''
  let position = 0
  for await (const chunk of book.gzip ? gunzip(name, book.chunks) : book.chunks) {
    if (book.unsupportedEncoding !== undefined) throw encoded(name, book.unsupportedEncoding)
    if (position < checkedBytes) {
      const nul = chunk.subarray(0, checkedBytes - position).indexOf(0)
      if (head.length < gzipMagic.length) head += chunk.toString('latin1', 0, gzipMagic.length)
      const packed = !book.gzip && head.startsWith(gzipMagic)
      if (nul >= 0) throw packed ? compressedContent(name) : notText(name, position + nul, book.gzip)
    }
    position += chunk.length
    yield chunk
  }
}

function notText(name: string, byte: number, unpacked: boolean): AppError {
  const where = unpacked ? ' after decompression' : ''
  return new AppError(
    'OBJECT_NOT_TEXT',
    `"${name}" is not text: byte ${byte} is NUL${where}. The book is not counted: upload text in an encoding without NUL bytes, plain, or compressed with gzip under a name that ends in ".gz". An archive (tar, zip) is not text.`,
  )
}

function encoded(name: string, coding: string): AppError {
  return new AppError(
    'OBJECT_UNREADABLE',
    `"${name}" has Content-Encoding ${coding}, which ingest cannot decode. The book is not counted: upload it uncompressed, or with Content-Encoding gzip.`,
  )
}

function compressedContent(name: string): AppError {
  return new AppError(
    'OBJECT_NOT_TEXT',
    `"${name}" is compressed with gzip, but its name does not end in ".gz" and its Content-Encoding is not gzip. The book is not counted: upload it under a name that ends in ".gz", in lower case, or with Content-Encoding gzip.`,
  )
}
