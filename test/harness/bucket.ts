import { join } from 'node:path'
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3'
import { fetchJars } from '../../local/bootstrap/jars.mjs'
import { type S3Server, startS3Server } from '../../local/bucket/s3-server.ts'
import { freePort } from '../../local/programs/ports.ts'
import { localCredentials, localRegion } from '../../local/settings/s3-credentials.ts'
import { endWithProcess } from './end-with-process.ts'
import { temporaryFolder, uniqueUserid } from './names.ts'

export type TestBucket = {
  readonly endpoint: string
  readonly bucket: string
  readonly s3: S3Client
}

/** A separate bucket on the S3 server of this run (`test/run.ts`), or of this process, as for `startKafka`. */
export async function startBucket(): Promise<TestBucket> {
  const endpoint = await sharedEndpoint()
  const s3 = s3ClientFor(endpoint)
  const bucket = uniqueUserid()
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  return { endpoint, bucket, s3 }
}

async function sharedEndpoint(): Promise<string> {
  const shared = process.env.TEST_S3_ENDPOINT
  if (shared) return shared
  own ??= startOwnS3Server()
  return (await own).endpoint
}

let own: Promise<S3Server> | undefined

/** An S3 server that a test may stop, kill and restart. It ends with the process. */
export async function startOwnS3Server(options: { port?: number; dataDir?: string } = {}): Promise<S3Server> {
  await fetchJars()
  const server = await startS3Server({
    port: options.port ?? (await freePort()),
    dataDir: options.dataDir ?? join(temporaryFolder(), 'bucket'),
  })
  endWithProcess(server)
  return server
}

export function s3ClientFor(endpoint: string): S3Client {
  return new S3Client({ endpoint, forcePathStyle: true, region: localRegion, credentials: localCredentials })
}
