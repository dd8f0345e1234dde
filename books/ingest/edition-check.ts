import { createHash } from 'node:crypto'
import { TornEdition } from './stored-book.ts'

export type ObjectIdentity = {
  readonly etag: string
  /** `x-amz-server-side-encryption`, if any. */
  readonly encryption?: string | undefined
}

/**
 * Returns the MD5 in an ETag (Amazon S3 user guide, page "Checking object integrity", section on ETags). Undefined for
 * multipart uploads and for objects encrypted with KMS or a client's key, whose ETags are no MD5.
 */
export function md5In({ etag, encryption }: ObjectIdentity): string | undefined {
  const [, md5] = /^"?([0-9a-f]{32})"?$/.exec(etag) ?? []
  return encryption === undefined || encryption === 'AES256' ? md5 : undefined
}

/**
 * Compares the bytes read with the ETag's MD5. Some servers' ETags look like an MD5 and are none, so the same difference
 * twice in a row is accepted.
 */
export class EditionCheck {
  #lastDifference: string | undefined

  /** Yields the bytes unchanged. @throws TornEdition after the last byte */
  async *verified(named: ObjectIdentity, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    const expected = md5In(named)
    if (expected === undefined) return yield* chunks
    const hash = createHash('md5')
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
    const actual = hash.digest('hex')
    if (actual === expected) return
    const difference = `${expected} ${actual}`
    if (difference === this.#lastDifference) return
    this.#lastDifference = difference
    throw new TornEdition(`The object's ETag is ${expected}, and the MD5 of its bytes is ${actual}.`)
  }
}
