import { createGunzip, type Gunzip } from 'node:zlib'
import { AppError } from '../../lib/errors.ts'

/** Text compresses 3 to 20 times, and a decompression bomb up to 1,000 times. */
const maxRatio = 200
/** The ratio is not checked below this size. */
const harmlessBytes = 16 * 1024 * 1024

/**
 * Decompresses gzip members (RFC 1952, section 2.2), with or without zero padding.
 * @throws OBJECT_UNREADABLE for invalid data or a ratio over `maxRatio`; errors of `chunks`
 */
export async function* gunzip(name: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
  const packed = new PackedBytes(chunks)
  let unpacked = 0
  try {
    do {
      for await (const chunk of membersOf(packed)) {
        unpacked += chunk.length
        if (unpacked > Math.max(harmlessBytes, packed.position * maxRatio))
          throw decompressionBomb(name, unpacked)
        yield chunk
      }
    } while (await packed.continuesBehindZeros())
  } catch (error) {
    throw isZlibError(error) ? unreadable(name, error) : error
  } finally {
    await packed.close()
  }
}

/** Node's gunzip stops at a zero byte after a member. */
async function* membersOf(packed: PackedBytes): AsyncGenerator<Buffer, void> {
  const unpacking = createGunzip({ chunkSize: 64 * 1024 })
  const fed = packed.feed(unpacking)
  fed.catch((error: Error) => unpacking.destroy(error))
  try {
    yield* unpacking as AsyncIterable<Buffer>
    await fed
  } finally {
    unpacking.destroy()
  }
}

class PackedBytes {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)
  position = 0

  constructor(chunks: AsyncIterable<Buffer>) {
    this.#chunks = chunks[Symbol.asyncIterator]()
  }

  /** Feeds until the decompressor or the input ends, and keeps the rest. */
  async feed(unpacking: Gunzip): Promise<void> {
    const ended = new Promise<void>((resolve) => {
      unpacking.once('end', resolve).once('close', resolve)
    })
    let given = 0
    while (await this.#fill()) {
      const chunk = this.#take(this.#rest.length)
      const written = new Promise<void>((resolve) => unpacking.write(chunk, () => resolve()))
      await Promise.race([written, ended])
      const taken = unpacking.bytesWritten - given
      if (taken < chunk.length) {
        this.#rest = chunk.subarray(taken)
        this.position -= this.#rest.length
        return
      }
      given += taken
    }
    unpacking.end()
  }

  async continuesBehindZeros(): Promise<boolean> {
    while (await this.#fill()) {
      const end = this.#rest.findIndex((byte) => byte !== 0)
      if (end !== -1) {
        this.#take(end)
        return true
      }
      this.#take(this.#rest.length)
    }
    return false
  }

  async close(): Promise<void> {
    await this.#chunks.return?.()
  }

  async #fill(): Promise<boolean> {
    while (this.#rest.length === 0) {
      const { done = false, value } = await this.#chunks.next()
      if (done) return false
      this.#rest = value
    }
    return true
  }

  #take(bytes: number): Buffer {
    const taken = this.#rest.subarray(0, bytes)
    this.#rest = this.#rest.subarray(bytes)
    this.position += bytes
    return taken
  }
}

function isZlibError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('Z_')
}

function unreadable(name: string, cause: Error): AppError {
  return new AppError(
    'OBJECT_UNREADABLE',
    `"${name}" cannot be decompressed: ${cause.message}. The book is not counted. Upload an intact gzip file, or plain text under a name without ".gz" and without Content-Encoding gzip.`,
    { cause },
  )
}

function decompressionBomb(name: string, unpacked: number): AppError {
  return new AppError(
    'OBJECT_UNREADABLE',
    `"${name}" unpacks to more than ${unpacked} bytes, over ${maxRatio} times its size. The book is not counted: if the size is intended, upload the book uncompressed.`,
  )
}
