import {
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  type S3Client,
  type S3ClientConfig,
  S3ServiceException,
} from '@aws-sdk/client-s3'
import { AppError, messageOf } from '../../lib/errors.ts'
import { type Bucket, ObjectChanged, type StoredBook } from './stored-book.ts'
import { unbroken } from './unbroken.ts'

/** How ingest wants its client, beside where the bucket is. */
export const s3ClientSettings = {
  // Any S3 server answers to paths; names of buckets as host names need DNS for each.
  forcePathStyle: true,
  requestHandler: { connectionTimeout: 3_000, socketTimeout: 10_000 },
  // What was read is written before a checksum at the end could be compared; the network has its own.
  responseChecksumValidation: 'WHEN_REQUIRED',
} as const satisfies S3ClientConfig

/**
 * Objects of one S3 bucket. S3 answers a read with one state of the object, whole, and names it by its ETag; a read
 * that breaks goes on by `Range`, and `If-Match` makes sure that it is of the same state (Amazon S3 API reference,
 * page `API_GetObject`).
 */
export class S3Bucket implements Bucket {
  readonly #s3: S3Client
  readonly #name: string

  constructor(s3: S3Client, name: string) {
    this.#s3 = s3
    this.#name = name
  }

  /** @throws BUCKET_UNAVAILABLE */
  async etag(book: string): Promise<string | undefined> {
    try {
      return this.#etagOf(book, await this.#s3.send(new HeadObjectCommand({ Bucket: this.#name, Key: book })))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw this.#unavailable(book, error)
    }
  }

  /** @throws BUCKET_UNAVAILABLE, ObjectChanged */
  async open(
    book: string,
    at?: { readonly etag: string; readonly byte: number },
  ): Promise<StoredBook | undefined> {
    try {
      const object = await this.#get(book, at)
      const etag = this.#etagOf(book, object)
      return {
        etag,
        gzip: isGzip(book, object.ContentEncoding),
        chunks: this.#chunks(book, etag, at?.byte ?? 0, object),
      }
    } catch (error) {
      if (at === undefined && isMissing(error)) return undefined
      throw this.#readError(book, error)
    }
  }

  async *#chunks(
    book: string,
    etag: string,
    from: number,
    object: GetObjectCommandOutput,
  ): AsyncGenerator<Buffer, void> {
    try {
      yield* unbroken({
        body: bodyOf(object),
        from,
        size: from + (object.ContentLength ?? 0),
        readOn: async (byte) => bodyOf(await this.#get(book, { etag, byte })),
        isFinal: (error) => error instanceof S3ServiceException && isClientError(error),
      })
    } catch (error) {
      throw this.#readError(book, error)
    }
  }

  #get(book: string, at?: { readonly etag: string; readonly byte: number }): Promise<GetObjectCommandOutput> {
    const where =
      at === undefined ? {} : { IfMatch: at.etag, ...(at.byte > 0 && { Range: `bytes=${at.byte}-` }) }
    return this.#s3.send(new GetObjectCommand({ Bucket: this.#name, Key: book, ...where }))
  }

  #readError(book: string, error: unknown): Error {
    if (isMissing(error) || isOther(error))
      return new ObjectChanged(`"${book}" is not what it was.`, { cause: error })
    return this.#unavailable(book, error)
  }

  #etagOf(book: string, { ETag, ContentLength }: HeadObjectCommandOutput | GetObjectCommandOutput): string {
    if (ETag !== undefined) return ETag
    // S3Proxy keeps what ends with "/" as a folder, empty and without an ETag.
    if (ContentLength === 0) return ''
    throw new AppError(
      'BUCKET_UNAVAILABLE',
      `The bucket ${this.#name} gives no ETag for "${book}", so editions can't be told apart: its file system may lack extended attributes.`,
    )
  }

  #unavailable(book: string, error: unknown): AppError {
    if (error instanceof AppError) return error
    const denied = error instanceof S3ServiceException && error.$metadata.httpStatusCode === 403
    const advice = denied ? ' Reading needs s3:GetObject, and s3:ListBucket to tell a missing object.' : ''
    return new AppError(
      'BUCKET_UNAVAILABLE',
      `"${book}" can't be read from the bucket ${this.#name}: ${messageOf(error)}.${advice}`,
      { retryable: !denied, cause: error },
    )
  }
}

function bodyOf({ Body }: GetObjectCommandOutput): AsyncIterable<Buffer> {
  return Body as unknown as AsyncIterable<Buffer>
}

function isGzip(book: string, contentEncoding = ''): boolean {
  return (
    book.endsWith('.gz') || contentEncoding.split(',').some((encoding) => /^\s*(x-)?gzip\s*$/i.test(encoding))
  )
}

/** HEAD has no body that could name the error; a missing bucket is one too, but must not pass for a removed book. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof S3ServiceException &&
    error.$metadata.httpStatusCode === 404 &&
    error.name !== 'NoSuchBucket'
  )
}

/** `If-Match` did not match. */
function isOther(error: unknown): boolean {
  return error instanceof S3ServiceException && error.$metadata.httpStatusCode === 412
}

function isClientError({ $metadata: { httpStatusCode = 0 } }: S3ServiceException): boolean {
  return httpStatusCode >= 400 && httpStatusCode < 500
}
