import { type Algorithm, type Digest, digests } from './digests.ts'
import { TornEdition } from './stored-book.ts'

export type Checksums = Readonly<Partial<Record<Exclude<Algorithm, 'MD5'>, string | undefined>>>

export type ObjectIdentity = {
  readonly etag: string
  /** `x-amz-server-side-encryption`. */
  readonly encryption?: string | undefined
  /** `x-amz-checksum-…`, in base64. */
  readonly checksums?: Checksums
}

/**
 * Returns the ETag's MD5 or the whole object's checksum (Amazon S3 user guide, page "Checking object integrity").
 * Multipart uploads, KMS and client keys have no MD5. A suffix `-N` marks a checksum of checksums.
 */
export function expectedDigest(named: ObjectIdentity): { algorithm: Algorithm; digest: string } | undefined {
  const md5 = md5In(named)
  if (md5 !== undefined) return { algorithm: 'MD5', digest: Buffer.from(md5, 'hex').toString('base64') }
  for (const algorithm of ['SHA256', 'SHA1', 'CRC64NVME', 'CRC32C', 'CRC32'] as const) {
    const digest = named.checksums?.[algorithm]
    if (digest !== undefined && !/-\d+$/.test(digest)) return { algorithm, digest }
  }
  return undefined
}

function md5In({ etag, encryption }: ObjectIdentity): string | undefined {
  const [, md5] = /^"?([0-9a-f]{32})"?$/.exec(etag) ?? []
  return encryption === undefined || encryption === 'AES256' ? md5 : undefined
}

/** Accepts a difference that occurs twice in a row, because the ETags of some servers only look like an MD5. */
export class EditionCheck {
  #lastDifference: string | undefined

  /** @throws TornEdition after the last byte if the digest differs */
  async *verified(named: ObjectIdentity, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void> {
    const expected = expectedDigest(named)
    if (expected === undefined) return yield* chunks
    const hash: Digest = digests[expected.algorithm]()
    for await (const chunk of chunks) {
      hash.update(chunk)
      yield chunk
    }
    const actual = Buffer.from(await hash.digest()).toString('base64')
    if (actual === expected.digest) return
    const difference = `${expected.digest} ${actual}`
    if (difference === this.#lastDifference) return
    this.#lastDifference = difference
    throw new TornEdition(
      `The object's ${expected.algorithm} is ${expected.digest}, and that of the bytes read is ${actual}.`,
    )
  }
}
