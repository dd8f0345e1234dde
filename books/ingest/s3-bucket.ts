import type { Readable } from 'node:stream'
import {
  GetObjectCommand,
  HeadObjectCommand,
  type S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { AppError, messageOf } from '../../lib/errors.ts'
import { DirectRequests, type ReadConditions, type S3Object } from './direct-requests.ts'
import { type Checksums, EditionCheck } from './edition-check.ts'
import { resumingRead } from './resuming-read.ts'
import { type Bucket, ObjectChanged, type ObjectPosition, type StoredBook } from './stored-book.ts'

export const s3ClientSettings = {
  // Every S3 server supports path-style URLs.
  forcePathStyle: true,
  requestHandler: { connectionTimeout: 3_000, socketTimeout: 10_000 },
  // `EditionCheck` compares checksums, which works after a resumed read too.
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const satisfies S3ClientConfig

/**
 * Resumes reads with `Range` and `If-Match` (Amazon S3 API reference, page `API_GetObject`). Some servers ignore them,
 * so responses are verified.
 */
export class S3Bucket implements Bucket {
  readonly #s3: S3Client
  readonly #direct: DirectRequests
  readonly #name: string
  readonly #check = new EditionCheck()

  /** @param direct requests of `s3`, which several buckets can share */
  constructor(s3: S3Client, name: string, direct = new DirectRequests(s3)) {
    this.#s3 = s3
    this.#direct = direct
    this.#name = name
  }

  /** @throws BUCKET_UNAVAILABLE */
  async etag(book: string): Promise<string | undefined> {
    try {
      const object = await this.#direct.head(this.#name, book)
      const command = new HeadObjectCommand({ Bucket: this.#name, Key: book })
      return this.#etagOf(book, object ?? (await this.#s3.send(command)))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw this.#unavailable(book, error)
    }
  }

  /** @throws BUCKET_UNAVAILABLE, ObjectChanged */
  async open(book: string, at?: ObjectPosition): Promise<StoredBook | undefined> {
    try {
      const object = await this.#get(book, at)
      const etag = this.#etagOf(book, object)
      const from = at?.byte ?? 0
      const chunks = this.#chunks(book, etag, from, object)
      const named = { etag, encryption: object.ServerSideEncryption, checksums: checksumsOf(object) }
      return {
        etag,
        gzip: isGzip(book, object.ContentEncoding),
        unsupportedEncoding: /\b(br|zstd|deflate|compress)\b/i.exec(object.ContentEncoding ?? '')?.[0],
        chunks: from === 0 ? this.#check.verified(named, chunks) : chunks,
      }
    } catch (error) {
      if (at === undefined && isMissing(error)) return undefined
      throw this.#readError(book, error)
    }
  }

  async *#chunks(book: string, etag: string, from: number, object: S3Object): AsyncGenerator<Buffer, void> {
    try {
      yield* resumingRead({
        body: bodyOf(object),
        from,
        size: object.ContentLength === undefined ? undefined : from + object.ContentLength,
        openAt: async (byte) => bodyOf(await this.#get(book, { etag, byte })),
        isFinal: (error) =>
          error instanceof AppError ||
          error instanceof ObjectChanged ||
          (statusOf(error) >= 400 && statusOf(error) < 500),
      })
    } catch (error) {
      throw this.#readError(book, error)
    }
  }

  async #get(book: string, at?: ObjectPosition): Promise<S3Object> {
    const range = at !== undefined && at.byte > 0 ? { Range: `bytes=${at.byte}-` } : {}
    const where = at === undefined ? {} : { IfMatch: at.etag, ...range }
    const object = (await this.#direct.get(this.#name, book, where)) ?? (await this.#getByClient(book, where))
    if (at !== undefined) this.#require(book, at, object)
    return object
  }

  async #getByClient(book: string, where: ReadConditions): Promise<S3Object> {
    const command = new GetObjectCommand({ Bucket: this.#name, Key: book, ...where })
    // The SDK's option would also verify the checksum, and that fails after a broken connection.
    const requestChecksums = { step: 'build', name: 'requestChecksums' } as const
    command.middlewareStack.add((next) => (args) => next(withChecksumMode(args)), requestChecksums)
    return this.#s3.send(command)
  }

  /** An ignored `If-Match` would mix editions, and an ignored `Range` would repeat lines. */
  #require(book: string, { etag, byte }: ObjectPosition, object: S3Object): void {
    const { $metadata, ContentRange = 'none' } = object
    const isEdition = this.#etagOf(book, object) === etag
    const isRange = $metadata.httpStatusCode === 206 && ContentRange.startsWith(`bytes ${byte}-`)
    if (isEdition && (byte === 0 || isRange)) return
    ;(object.Body as Readable | undefined)?.destroy()
    if (!isEdition) throw changed(book)
    throw new AppError(
      'BUCKET_UNAVAILABLE',
      `The bucket ${this.#name} cannot be read from the middle of an object: "${book}" was requested from byte ${byte}, and the response has status ${$metadata.httpStatusCode} and Content-Range ${ContentRange}. Use an S3 server that supports Range.`,
    )
  }

  #readError(book: string, error: unknown): Error {
    if (error instanceof ObjectChanged) return error
    if (isMissing(error) || statusOf(error) === 412) return changed(book, error)
    return this.#unavailable(book, error)
  }

  #etagOf(book: string, { ETag, ContentLength }: Pick<S3Object, 'ETag' | 'ContentLength'>): string {
    if (ETag !== undefined) return ETag
    // S3Proxy returns no ETag for a key that ends with "/".
    if (ContentLength === 0) return ''
    throw new AppError(
      'BUCKET_UNAVAILABLE',
      `The bucket ${this.#name} returned no ETag for "${book}", so ingest cannot distinguish editions. Check that the file system of the S3 server supports extended attributes.`,
    )
  }

  #unavailable(book: string, error: unknown): AppError {
    if (error instanceof AppError) return error
    const denied = statusOf(error) === 403
    const advice = denied ? ` ${adviceOn(error)}` : ''
    return new AppError(
      'BUCKET_UNAVAILABLE',
      `"${book}" cannot be read from the bucket ${this.#name}: ${messageOf(error)}.${advice}`,
      { retryable: !denied, cause: error },
    )
  }
}

function changed(book: string, cause?: unknown): ObjectChanged {
  return new ObjectChanged(`"${book}" was replaced or removed while it was read.`, { cause })
}

function adviceOn(error: unknown): string {
  return (error as S3ServiceException).name === 'InvalidObjectState'
    ? 'Restore the object from its archive.'
    : 'Reading requires s3:GetObject, and s3:ListBucket to detect a missing object.'
}

function withChecksumMode<T extends { readonly request: unknown }>(args: T): T {
  const { headers } = args.request as { headers: Record<string, string> }
  headers['x-amz-checksum-mode'] = 'ENABLED'
  return args
}

function checksumsOf(object: S3Object): Checksums {
  if (object.ChecksumType === 'COMPOSITE') return {}
  return {
    SHA256: object.ChecksumSHA256,
    SHA1: object.ChecksumSHA1,
    CRC64NVME: object.ChecksumCRC64NVME,
    CRC32C: object.ChecksumCRC32C,
    CRC32: object.ChecksumCRC32,
  }
}

function bodyOf({ Body }: S3Object): AsyncIterable<Buffer> {
  return Body as unknown as AsyncIterable<Buffer>
}

function isGzip(book: string, contentEncoding = ''): boolean {
  return (
    book.endsWith('.gz') || contentEncoding.split(',').some((encoding) => /^\s*(x-)?gzip\s*$/i.test(encoding))
  )
}

/** A missing bucket must not count as a removed book. */
function isMissing(error: unknown): boolean {
  return statusOf(error) === 404 && (error as S3ServiceException).name !== 'NoSuchBucket'
}

function statusOf(error: unknown): number {
  return (error instanceof S3ServiceException && error.$metadata.httpStatusCode) || 0
}
