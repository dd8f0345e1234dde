import type { Readable } from 'node:stream'
import { S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { Upload } from '@aws-sdk/lib-storage'
import { s3ClientSettings } from '../../books/ingest/s3-bucket.ts'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { LocalConfig } from '../../local/settings/config.ts'
import { readEndpoint } from '../../local/settings/reachable.ts'

/** Client of the event proxy, which ingests uploads. */
export function bucketClient({ s3Endpoint, s3Credentials, region }: LocalConfig): S3Client {
  return new S3Client({ endpoint: s3Endpoint, region, credentials: s3Credentials, forcePathStyle: true })
}

/** Client of the S3 server, without the event proxy. */
export function serverClient({ s3ServerEndpoint, s3Credentials, region }: LocalConfig): S3Client {
  return new S3Client({ ...s3ClientSettings, endpoint: s3ServerEndpoint, region, credentials: s3Credentials })
}

/** Reads as the functions do, also without the event proxy. */
export async function readClient(config: LocalConfig): Promise<S3Client> {
  return serverClient({ ...config, s3ServerEndpoint: await readEndpoint(config) })
}

export type BookUpload = {
  readonly key: string
  readonly size: number
  readonly open: () => Readable | Buffer
}

const partBytes = 8 * 1024 * 1024
const partsAtOnce = 3

/**
 * Calls `onBytes` with the bytes since the last call.
 * @returns the ETag
 * @throws BUCKET_UNAVAILABLE
 */
export async function uploadBook(
  s3: S3Client,
  bucket: string,
  book: BookUpload,
  onBytes: (bytes: number) => void,
): Promise<string> {
  const upload = new Upload({
    client: s3,
    params: { Bucket: bucket, Key: book.key, Body: book.open() },
    partSize: Math.max(partBytes, Math.ceil(book.size / 10_000)),
    queueSize: partsAtOnce,
  })
  let sent = 0
  upload.on('httpUploadProgress', ({ loaded = 0 }) => {
    if (loaded > sent) onBytes(loaded - sent)
    sent = Math.max(sent, loaded)
  })
  try {
    const { ETag } = await upload.done()
    onBytes(book.size - sent)
    return ETag ?? ''
  } catch (cause) {
    const advice = cause instanceof S3ServiceException ? '' : '. Check that "npm start" is running.'
    const what = `Uploading "${book.key}" to ${bucket} failed: ${messageOf(cause)}${advice}`
    throw new AppError('BUCKET_UNAVAILABLE', what, { retryable: true, cause })
  }
}
