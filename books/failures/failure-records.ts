import { fileURLToPath } from 'node:url'
import type { FailureRecords } from './failed-books.ts'
import { FailureBucket } from './failure-bucket.ts'
import { FailureFolder } from './failure-folder.ts'

/** Opens the location in FAILURES. Without one, there are no records. */
export function failureRecords(where: URL | undefined): FailureRecords {
  if (where === undefined) return { newest: async () => [], remove: async () => {} }
  if (where.protocol === 'file:') return new FailureFolder(fileURLToPath(where))
  return new FailureBucket(where.host, where.pathname.slice(1))
}
