import { ListObjectsCommand, type S3Client } from '@aws-sdk/client-s3'
import { decodeListedKey } from './listed-key.ts'

/**
 * Uses ListObjects version 1, because its markers are URL-encoded. S3Proxy does not encode continuation tokens of
 * version 2, so a control character in a key would make the XML invalid. Its pages can be empty, because they also
 * count unfinished uploads.
 */
export async function* listedObjects(s3: S3Client, bucket: string, prefix: string, pageSize: number) {
  const query = {
    Bucket: bucket,
    MaxKeys: pageSize,
    EncodingType: 'url',
    ...(prefix !== '' && { Prefix: prefix }),
  } as const
  for (let marker: string | undefined, isMore = true; isMore; ) {
    const before: string | undefined = marker
    const page = await s3.send(new ListObjectsCommand({ ...query, ...(marker && { Marker: marker }) }))
    for (const { Key = '', ...object } of page.Contents ?? []) {
      marker = decodeListedKey(Key)
      yield { ...object, Key: marker }
    }
    if (page.NextMarker) marker = decodeListedKey(page.NextMarker)
    isMore = page.IsTruncated === true && marker !== before
  }
}
