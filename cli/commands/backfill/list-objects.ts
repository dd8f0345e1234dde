import type { S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '../../../lib/errors.ts'
import { listedObjects } from '../../../lib/listed-objects.ts'
import type { ListedObject } from './plan.ts'

/**
 * Omits uploads in progress, which S3Proxy lists with a size but without an ETag.
 * @throws BUCKET_UNAVAILABLE
 */
export async function listObjects(
  s3: S3Client,
  bucket: string,
  prefix: string,
  pageSize = 1_000,
): Promise<readonly ListedObject[]> {
  const objects: ListedObject[] = []
  try {
    for await (const { Key, Size = 0, ETag = '' } of listedObjects(s3, bucket, prefix, pageSize)) {
      if (ETag !== '' || Size === 0) objects.push({ key: Key, size: Size, etag: ETag })
    }
    return objects
  } catch (cause) {
    throw new AppError(
      'BUCKET_UNAVAILABLE',
      `The bucket ${bucket} cannot be listed: ${messageOf(cause)}. Check that "npm start" is running, or correct BUCKET and S3_ENDPOINT. Listing requires s3:ListBucket.`,
      { retryable: true, cause },
    )
  }
}
