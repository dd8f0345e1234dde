import { fileURLToPath } from 'node:url'
import { S3Client } from '@aws-sdk/client-s3'
import type { FailureRecords } from './failed-books.ts'
import { FailureBucket } from './failure-bucket.ts'
import { FailureFolder } from './failure-folder.ts'

/** Opens the location in FAILURES. Without one, there are no records. */
export function failureRecords(where: URL | undefined): FailureRecords {
  if (where === undefined) return { newest: async () => [], remove: async () => {} }
  if (where.protocol === 'file:') return new FailureFolder(fileURLToPath(where))
  return new FailureBucket(new S3Client({ forcePathStyle: true }), where.host, where.pathname.slice(1))
}
