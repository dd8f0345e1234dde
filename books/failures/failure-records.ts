import { fileURLToPath } from 'node:url'
import type { FailureRecords } from './failed-books.ts'
import type { FailureBucket } from './failure-bucket.ts'
import { FailureFolder } from './failure-folder.ts'

/** Opens the location in FAILURES. Without one, there are no records. */
export function failureRecords(where: URL | undefined): FailureRecords {
  if (where === undefined) return { newest: async () => [], remove: async () => {} }
  if (where.protocol === 'file:') return new FailureFolder(fileURLToPath(where))
  return failuresInBucket(where.host, where.pathname.slice(1))
}

/** Imports the S3 client lazily, because most requests to the API do not need it. */
function failuresInBucket(bucket: string, prefix: string): FailureRecords {
  let opened: Promise<FailureBucket> | undefined
  const open = () => {
    opened ??= import('./failure-bucket.ts').then(({ openFailureBucket }) =>
      openFailureBucket(bucket, prefix),
    )
    return opened
  }
  return {
    newest: async () => (await open()).newest(),
    remove: async (id) => (await open()).remove(id),
  }
}
