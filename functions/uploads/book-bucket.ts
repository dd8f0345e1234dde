import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import type { Config } from '../../books/config.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { WantedUpload } from './wanted-upload.ts'

const validSeconds = 900

/** Presigns URLs (Amazon S3 API reference, page `sigv4-query-string-auth`), and removes objects. */
export class BookBucket {
  readonly #s3: S3Client
  readonly #bucket: string

  constructor({ uploadEndpoint, bucket }: Pick<Config, 'uploadEndpoint' | 'bucket'>) {
    this.#s3 = new S3Client({
      endpoint: uploadEndpoint.origin,
      forcePathStyle: true,
      // Otherwise the SDK signs the checksum of an empty body.
      requestChecksumCalculation: 'WHEN_REQUIRED',
    })
    this.#bucket = bucket
  }

  /** A browser saves the book under the last part of its name. */
  async presignGet(book: string, nowMs: number = Date.now()) {
    const file = encodeURIComponent(book.split('/').at(-1)!).replaceAll("'", '%27')
    const ResponseContentDisposition = `attachment; filename*=UTF-8''${file}`
    const object = { Bucket: this.#bucket, Key: book, ResponseContentDisposition }
    const url = await getSignedUrl(this.#s3, new GetObjectCommand(object), {
      expiresIn: validSeconds,
      signingDate: new Date(nowMs),
    })
    return { url, expiresAt: expiryOf(nowMs) }
  }

  /** Signs `Content-Length`, so that S3 rejects a body of another size before reading it. */
  async presignPut({ book, size, type }: WantedUpload, nowMs: number = Date.now()) {
    const object = { Bucket: this.#bucket, Key: book, ContentLength: size, ContentType: type }
    const url = await getSignedUrl(this.#s3, new PutObjectCommand(object), {
      expiresIn: validSeconds,
      signingDate: new Date(nowMs),
      signableHeaders: new Set(['host', 'content-length', 'content-type']),
    })
    return { url, headers: { 'content-type': type }, expiresAt: expiryOf(nowMs) }
  }

  /** Idempotent. The S3 event of the removal makes `ingest` remove the book. @throws BUCKET_UNAVAILABLE */
  async remove(book: string): Promise<void> {
    try {
      await this.#s3.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: book }))
    } catch (cause) {
      const what = `Removing "${book}" from the bucket ${this.#bucket} failed: ${messageOf(cause)}. It requires s3:DeleteObject.`
      throw new AppError('BUCKET_UNAVAILABLE', what, { retryable: true, cause })
    }
  }
}

/** A transfer that has started may continue after this time. */
function expiryOf(nowMs: number): string {
  return new Date(nowMs + 1_000 * validSeconds).toISOString()
}
