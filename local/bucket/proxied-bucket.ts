import type { S3Client } from '@aws-sdk/client-s3'
import type { Intent } from './event-queue.ts'
import type { ObjectLocks } from './object-locks.ts'
import type { Invocable } from './serve-invoke.ts'
import type { Upstream } from './upstream.ts'

/** What serving a request takes. */
export type ProxiedBucket = Invocable & {
  readonly upstream: Upstream
  /** Keep reads of an object apart from the moment in which the S3 server replaces it. */
  readonly locks: ObjectLocks
  /** To ask the S3 server in our own name. */
  readonly s3: S3Client
  /** The S3 server is S3Proxy, ours, with limits that Amazon S3 does not have. */
  readonly isS3Proxy: boolean
  /** Finds out in the background whether the changes were made. */
  readonly settleLater: (intent: Intent) => void
}
