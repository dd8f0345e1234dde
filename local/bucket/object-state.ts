import { HeadBucketCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { ObjectName } from './s3-request.ts'

export type ObjectState =
  | { readonly exists: true; readonly size?: number; readonly eTag?: string }
  | { readonly exists: false }

/**
 * Requests an object's state. Any error except "not found" counts as existing, so that the function reports it.
 * @throws BUCKET_UNAVAILABLE when the server does not respond
 */
export async function observeObject(s3: S3Client, { bucket, key }: ObjectName): Promise<ObjectState> {
  try {
    const { ContentLength, ETag } = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
    return {
      exists: true,
      ...(ContentLength !== undefined && { size: ContentLength }),
      ...(ETag !== undefined && { eTag: ETag.replaceAll('"', '') }),
    }
  } catch (cause) {
    const status = statusOf(cause)
    if (status === 404) return { exists: false }
    if (status !== undefined) return { exists: true }
    const what = `The S3 server does not respond to a HEAD request for "${key}" in ${bucket}: ${messageOf(cause)}.`
    throw new AppError('BUCKET_UNAVAILABLE', what, { retryable: true, cause })
  }
}

const uuid = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** S3Proxy also stores parts of unknown uploads. It marks each upload with an empty object. */
export async function isUnknownUpload(
  s3: S3Client,
  { bucket, key }: ObjectName,
  uploadId: string,
): Promise<boolean> {
  const mark = { bucket, key: `.mpus-${uploadId}-${key}-stub` }
  return !uuid.test(uploadId) || !(await observeObject(s3, mark)).exists
}

/** S3Proxy reports a deletion in a missing bucket as successful. */
export async function isBucketMissing(s3: S3Client, bucket: string): Promise<boolean> {
  try {
    await s3.send(new HeadBucketCommand({ Bucket: bucket }))
    return false
  } catch (error) {
    return statusOf(error) === 404 // the request itself reports other errors
  }
}

function statusOf(error: unknown): number | undefined {
  const metadata =
    error instanceof Error && '$metadata' in error ? (error.$metadata as { httpStatusCode?: number }) : {}
  return metadata.httpStatusCode
}
