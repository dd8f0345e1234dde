import { ListObjectsCommand, type S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '../../../lib/errors.ts'
import { decodeListedKey } from '../../../lib/listed-key.ts'
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
    for await (const { Key, Size = 0, ETag = '' } of listed(s3, bucket, prefix, pageSize)) {
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

/**
 * Uses ListObjects version 1, because its markers are URL-encoded. S3Proxy does not encode continuation tokens of
 * version 2, so a control character in a key would make the XML invalid.
 */
async function* listed(s3: S3Client, bucket: string, prefix: string, pageSize: number) {
  const query = {
    Bucket: bucket,
    MaxKeys: pageSize,
    EncodingType: 'url',
    ...(prefix !== '' && { Prefix: prefix }),
  } as const
  for (let marker: string | undefined, isMore = true; isMore; ) {
    const page = await s3.send(new ListObjectsCommand({ ...query, ...(marker && { Marker: marker }) }))
    for (const { Key = '', ...object } of page.Contents ?? []) {
      marker = decodeListedKey(Key)
      yield { ...object, Key: marker }
    }
    isMore = page.IsTruncated === true && (page.Contents ?? []).length > 0
  }
}
