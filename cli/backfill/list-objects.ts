import { paginateListObjectsV2, type S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '../../lib/errors.ts'
import type { ListedObject } from './plan.ts'

/**
 * Every object whose key begins with the prefix. What has bytes and no ETag is an upload in flight, which S3Proxy lists.
 * @throws BUCKET_UNAVAILABLE
 */
export async function listObjects(
  s3: S3Client,
  bucket: string,
  prefix: string,
): Promise<readonly ListedObject[]> {
  const objects: ListedObject[] = []
  try {
    const query = { Bucket: bucket, ...(prefix !== '' && { Prefix: prefix }) }
    for await (const { Contents = [] } of paginateListObjectsV2({ client: s3 }, query)) {
      for (const { Key, Size = 0, ETag = '' } of Contents) {
        if (Key !== undefined && (ETag !== '' || Size === 0))
          objects.push({ key: Key, size: Size, etag: ETag })
      }
    }
    return objects
  } catch (cause) {
    throw new AppError(
      'BUCKET_UNAVAILABLE',
      `The bucket ${bucket} can't be listed: ${messageOf(cause)}. Is "npm start" running, or are BUCKET and S3_ENDPOINT as they should be? Listing needs s3:ListBucket.`,
      { retryable: true, cause },
    )
  }
}
