import { pipeline, Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { AppError } from '../../lib/errors.ts'

/** Text shrinks three- to twentyfold, and gzip can a thousandfold: more than this was made to fill disks. */
const maxRatio = 200
/** So little may shrink as it likes. */
const harmlessBytes = 16 * 1024 * 1024

/**
 * Decompresses while it streams; several gzip members in a row are one text.
 * @throws OBJECT_UNREADABLE for bytes that are not gzip, cut off, damaged, or that unpack to an unreasonable size;
 *   and whatever reading `chunks` throws
 */
export async function* gunzip(name: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const unpacking = createGunzip({ chunkSize: 64 * 1024 })
  // The error of either side ends the other, and is thrown by the loop below.
  pipeline(Readable.from(chunks), unpacking, () => {})
  let unpacked = 0
  try {
    for await (const chunk of unpacking) {
      unpacked += chunk.length
      if (unpacked > Math.max(harmlessBytes, unpacking.bytesWritten * maxRatio)) throw bomb(name, unpacked)
      yield chunk
    }
  } catch (error) {
    throw isZlibError(error) ? unreadable(name, error) : error
  }
}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

function unreadable(name: string, cause: Error): AppError {
  return new AppError(
    'OBJECT_UNREADABLE',
    `"${name}" can't be decompressed: ${cause.message}. The book is not counted: upload an intact gzip file, or plain text under a name without ".gz".`,
    { cause },
  )
}

function bomb(name: string, unpacked: number): AppError {
  return new AppError(
    'OBJECT_UNREADABLE',
    `"${name}" unpacks to more than ${unpacked} bytes, over ${maxRatio} times its size. The book is not counted: upload it uncompressed if that is meant.`,
  )
}
