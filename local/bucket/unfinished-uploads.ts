import { readdirSync, rmSync } from 'node:fs'
import { join, relative, sep } from 'node:path'
import { HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3'

/** S3Proxy writes an object to `<key>-<UUID>`, sets the ETag, and renames the file. */
const temporaryName = /-[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/

/** S3Proxy's own files, for example the parts of uploads. */
const reservedName = /^\.(?:mpus|s3proxy)-/

/** Removes the files of uploads that ended with S3Proxy, because S3Proxy lists them as objects. */
export async function removeUnfinishedUploads(s3: S3Client, objects: string): Promise<void> {
  for (const file of readdirSync(objects, { recursive: true, withFileTypes: true })) {
    if (!file.isFile() || !temporaryName.test(file.name)) continue
    const path = join(file.parentPath, file.name)
    const [Bucket = '', ...names] = relative(objects, path).split(sep)
    if (names.some((name) => reservedName.test(name))) continue
    const { ETag } = await s3.send(new HeadObjectCommand({ Bucket, Key: names.join('/') }))
    if (ETag === undefined) rmSync(path)
  }
}
