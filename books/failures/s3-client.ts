/** A lazy import of the package itself would bundle all its exports. */
export { DeleteObjectCommand, GetObjectCommand, paginateListObjectsV2, S3Client } from '@aws-sdk/client-s3'
