import type { S3Client } from '@aws-sdk/client-s3'
import type { Intent } from './event-queue.ts'
import type { ObjectLocks } from './object-locks.ts'
import type { InvokeTarget } from './serve-invoke.ts'
import type { Upstream } from './upstream.ts'

export type ProxiedBucket = InvokeTarget & {
  readonly upstream: Upstream
  readonly locks: ObjectLocks
  readonly s3: S3Client
  /** True if the S3 server is S3Proxy, with its limits. */
  readonly isS3Proxy: boolean
  readonly resolveIntentLater: (intent: Intent) => void
}
