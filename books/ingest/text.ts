import { AppError } from '../../lib/errors.ts'
import { gunzip } from './gunzip.ts'
import type { StoredBook } from './stored-book.ts'

const checkedBytes = 8 * 1024

/**
 * Streams the decompressed text. Content with a NUL byte in its first 8 KiB is not text.
 * @throws OBJECT_NOT_TEXT, OBJECT_UNREADABLE
 */
export async function* textOf(name: string, book: StoredBook): AsyncGenerator<Buffer, void> {
  const isPacked = isGzipHead()
  let position = 0
  for await (const chunk of book.gzip ? gunzip(name, book.chunks) : book.chunks) {
    if (position < checkedBytes) {
      const nul = chunk.subarray(0, checkedBytes - position).indexOf(0)
      const packed = !book.gzip && isPacked(chunk)
      if (nul >= 0) throw packed ? compressedContent(name) : notText(name, position + nul, book.gzip)
    }
    position += chunk.length
    yield chunk
  }
}

/** Recognizes gzip's magic number (RFC 1952, section 2.3.1). */
function isGzipHead(): (chunk: Buffer) => boolean {
  let head = Buffer.alloc(0)
  return (chunk) => {
    if (head.length < 2) head = Buffer.concat([head, chunk.subarray(0, 2)])
    return head[0] === 0x1f && head[1] === 0x8b
  }
}

function notText(name: string, byte: number, unpacked: boolean): AppError {
  const where = unpacked ? ' after decompression' : ''
  return new AppError(
    'OBJECT_NOT_TEXT',
    `"${name}" is not text: byte ${byte} is NUL${where}. The book is not counted: upload text in an encoding without NUL bytes, plain, or compressed with gzip under a name that ends in ".gz". An archive (tar, zip) is not text.`,
  )
}

function compressedContent(name: string): AppError {
  return new AppError(
    'OBJECT_NOT_TEXT',
    `"${name}" is compressed with gzip, but its name does not end in ".gz" and its Content-Encoding is not gzip. The book is not counted: upload it under a name that ends in ".gz", in lower case, or with Content-Encoding gzip.`,
  )
}
