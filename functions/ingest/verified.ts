import { createHash } from 'node:crypto'
import { TornEdition } from './stored-book.ts'

/** What names an edition's bytes. */
export type Named = {
  readonly etag: string
  /** `x-amz-server-side-encryption`, if any. */
  readonly encryption?: string | undefined
}

/**
 * The MD5 that an ETag is (Amazon S3 user guide, page "Checking object integrity", section on ETags): of an object that was
 * uploaded in one request and is not encrypted with KMS or a client's key. Undefined for any other.
 */
export function md5In({ etag, encryption }: Named): string | undefined {
  const [, md5] = /^"?([0-9a-f]{32})"?$/.exec(etag) ?? []
  return encryption === undefined || encryption === 'AES256' ? md5 : undefined
}

/**
 * Compares what was read with the ETag's MD5. Not every server's ETag of this form is an MD5, so bytes that differ from it
 * in the same way twice in a row pass.
 */
export class EditionCheck {
  #lastDifference: string | undefined

  /** The bytes, unchanged. @throws TornEdition behind the last of them */
  async *verified(named: Named, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
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
