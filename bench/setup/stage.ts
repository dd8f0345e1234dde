import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { openCluster } from '../../books/cluster.ts'
import { type Config, readConfig } from '../../books/config.ts'
import { ensureTopics, wantedTopics } from '../../books/ensure-topics.ts'
import { severalAtOnce } from '../../cli/uploads/several-at-once.ts'
import { Admin } from '../../kafka/admin.ts'
import { fetchJars } from '../../local/bootstrap/jars.mjs'
import { startS3Server } from '../../local/bucket/s3-server.ts'
import { startBroker } from '../../local/kafka/broker.ts'
import { freePort } from '../../local/programs/ports.ts'
import { localCredentials, localRegion } from '../../local/settings/s3-credentials.ts'
import type { Corpus } from './corpus.ts'

export type Peers = { readonly classPath: string; readonly python: string }

export type Workspace = { readonly config: Config; readonly folder: string }

/** One broker and one S3 server on free ports, and a temporary folder. */
export type TestBed = {
  readonly peers: Peers
  readonly brokers: string
  readonly brokerPid: number
  readonly s3Endpoint: string
  readonly s3: S3Client
  readonly folder: string
  newWorkspace(partitions: number): Promise<Workspace>
  /** Creates a bucket with these books. The upload bypasses the event proxy, so it causes no events. */
  bucketWith(corpus: Corpus): Promise<string>
  removeWorkspace(workspace: Workspace): Promise<void>
  close(): Promise<void>
}

const uploadsAtOnce = 8

export async function openStage(peers: Peers): Promise<TestBed> {
  await fetchJars()
  const folder = mkdtempSync(join(tmpdir(), 'book-counts-bench-'))
  process.once('exit', () => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }))
  const [broker, s3Server] = await Promise.all([
    startBroker({ port: await freePort(), dataDir: join(folder, 'kafka'), heapMb: 1024 }),
    startS3Server({ port: await freePort(), dataDir: join(folder, 'bucket') }),
  ])
  const s3 = s3ClientOf(s3Server.endpoint)
  const admin = new Admin(openCluster({ brokers: [broker.brokers] }), 60_000)
  let turns = 0
  return {
    peers,
    brokers: broker.brokers,
    brokerPid: broker.pid,
    s3Endpoint: s3Server.endpoint,
    s3,
    folder,
    newWorkspace: async (partitions) => {
      const config = readConfig({
        USERID: `bench${++turns}`,
        BROKERS: broker.brokers,
        PARTITIONS: String(partitions),
      })
      await ensureTopics(admin, wantedTopics(config))
      const own = join(folder, config.userid)
      mkdirSync(own)
      return { config, folder: own }
    },
    removeWorkspace: async ({ config: { userid }, folder: own }) => {
      const names = await admin.listTopics()
      for (const name of names) if (name.includes(`${userid}.`)) await admin.deleteTopic(name)
      rmSync(own, { recursive: true, force: true, maxRetries: 5 })
    },
    bucketWith: (corpus) => newBucketWith(s3, corpus),
    close: async () => {
      admin.close()
      s3.destroy()
      await Promise.all([broker.stop(), s3Server.stop()])
    },
  }
}

export function s3ClientOf(endpoint: string): S3Client {
  return new S3Client({ endpoint, forcePathStyle: true, region: localRegion, credentials: localCredentials })
}

async function newBucketWith(s3: S3Client, corpus: Corpus): Promise<string> {
  const bucket = `books-${corpus.books.length}-${Date.now()}`
  await s3.send(new CreateBucketCommand({ Bucket: bucket }))
  await upload(s3, bucket, corpus)
  return bucket
}

export async function upload(s3: S3Client, bucket: string, { books }: Corpus): Promise<void> {
  const put = ({ key, file }: Corpus['books'][number]) =>
    s3.send(new PutObjectCommand({ Bucket: bucket, Key: key, Body: readFileSync(file) }))
  await severalAtOnce(books, put, uploadsAtOnce)
}
