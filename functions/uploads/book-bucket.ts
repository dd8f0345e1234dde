import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Config } from '../../lib/config.ts'
import type { WantedUpload } from './wanted-upload.ts'

export type PresignedPut = {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  /** ISO 8601; an upload that began before may take as long as it takes. */
  readonly expiresAt: string
}

const validSeconds = 900

/**
 * Signs PUTs of exactly one object, size and type each (Amazon S3 API reference, page `sigv4-query-string-auth`).
 * `Content-Length` is a signed header, so a body of another size is refused by S3 before it is read; a browser sets
 * it by itself.
 */
export class Presigner {
  readonly #s3: S3Client
  readonly #bucket: string

  constructor({ uploadEndpoint, bucket }: Pick<Config, 'uploadEndpoint' | 'bucket'>) {
    this.#s3 = new S3Client({
      endpoint: uploadEndpoint.origin,
      forcePathStyle: true,
      // The body is not known here; its checksum would be the empty one.
      requestChecksumCalculation: 'WHEN_REQUIRED',
    })
    this.#bucket = bucket
  }

  async put({ book, size, type }: WantedUpload, nowMs: number = Date.now()): Promise<PresignedPut> {
    const object = { Bucket: this.#bucket, Key: book, ContentLength: size, ContentType: type }
    const url = await getSignedUrl(this.#s3, new PutObjectCommand(object), {
      expiresIn: validSeconds,
      signingDate: new Date(nowMs),
      signableHeaders: new Set(['host', 'content-length', 'content-type']),
    })
    const expiresAt = new Date(nowMs + 1_000 * validSeconds).toISOString()
    return { url, headers: { 'content-type': type }, expiresAt }
  }
}
