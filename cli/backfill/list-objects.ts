import { ListObjectsCommand, type S3Client } from '@aws-sdk/client-s3'
import { AppError, messageOf } from '../../lib/errors.ts'
import { decodeListedKey } from '../../lib/listed-key.ts'
import type { ListedObject } from './plan.ts'

/**
 * Every object whose key begins with the prefix. What has bytes and no ETag is an upload in flight, which S3Proxy lists.
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
      `The bucket ${bucket} can't be listed: ${messageOf(cause)}. Is "npm start" running, or are BUCKET and S3_ENDPOINT as they should be? Listing needs s3:ListBucket.`,
      { retryable: true, cause },
    )
  }
}

/**
 * Version 1 of the listing, because its markers are encoded like its keys. Version 2 of S3Proxy has the last key of a page
 * as its continuation token, unencoded, and with a control character in it the answer is no XML.
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
