import { ListObjectsV2Command, type S3Client, S3ServiceException } from '@aws-sdk/client-s3'
import { decodeListedKey } from '../../lib/listed-key.ts'
import { observeObject } from './object-state.ts'
import type { ObjectName } from './s3-request.ts'
import type { S3Error } from './s3-xml.ts'
import { ancestorsOf, besideFolder, cannotExist } from './s3proxy-limits.ts'

/** Returns an error if S3Proxy cannot store this key beside another object. @throws BUCKET_UNAVAILABLE */
export async function nameConflict(s3: S3Client, object: ObjectName): Promise<S3Error | undefined> {
  const other = (await objectAbove(s3, object)) ?? (await objectBelow(s3, object))
  return other === undefined ? undefined : besideFolder(object.key, other)
}

/** Returns an object whose path this one needs as a folder. @throws BUCKET_UNAVAILABLE */
async function objectAbove(s3: S3Client, { bucket, key }: ObjectName): Promise<string | undefined> {
  for (const ancestor of ancestorsOf(key)) {
    if ((await observeObject(s3, { bucket, key: ancestor })).exists) return ancestor
  }
  return undefined
}

/** For such a key, S3Proxy fails with status 500. @throws BUCKET_UNAVAILABLE */
export async function isBelowObject(s3: S3Client, objects: readonly ObjectName[]): Promise<boolean> {
  for (const object of objects) if ((await objectAbove(s3, object)) !== undefined) return true
  return false
}

/** S3Proxy would use this object's file for a key with a final slash. @throws BUCKET_UNAVAILABLE */
export async function objectWithoutSlash(s3: S3Client, object: ObjectName): Promise<string | undefined> {
  return object.key.endsWith('/') ? await objectAbove(s3, object) : undefined
}

/** Returns the first for which S3Proxy would fail, or use another object's file. @throws BUCKET_UNAVAILABLE */
export async function firstImpossible<T extends ObjectName>(
  s3: S3Client,
  objects: readonly T[],
): Promise<T | undefined> {
  for (const object of objects) {
    if (cannotExist(object) || (await objectWithoutSlash(s3, object)) !== undefined) return object
  }
  return undefined
}

/** A rejected list, for example of a missing bucket, is no conflict: the request itself will be rejected. */
async function objectBelow(s3: S3Client, { bucket, key }: ObjectName): Promise<string | undefined> {
  const query = { Bucket: bucket, Prefix: `${key}/`, MaxKeys: 1, EncodingType: 'url' } as const
  try {
    const { Contents: [{ Key } = {}] = [] } = await s3.send(new ListObjectsV2Command(query))
    return Key === undefined ? undefined : decodeListedKey(Key)
  } catch (error) {
    if (error instanceof S3ServiceException && error.$fault === 'client') return undefined
    throw error
  }
}
