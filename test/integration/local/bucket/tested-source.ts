import { randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setImmediate as turn } from 'node:timers/promises'
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { decodeS3Event, type S3Event } from '../../../../lambda/s3-event.ts'
import { type S3EventSourceOptions, startS3EventSource } from '../../../../local/bucket/event-source.ts'
import { readSubscription } from '../../../../local/bucket/subscriptions.ts'
import type { InvocationOutcome } from '../../../../local/containers/outcome.ts'
import { localCredentials, localRegion } from '../../../../local/settings/s3-credentials.ts'
import { s3ClientFor } from '../../../harness/bucket.ts'
import { temporaryFolder } from '../../../harness/names.ts'
import { waitFor } from '../../../harness/wait-for.ts'

/** An event that its function received. */
export type ReceivedEvent = {
  readonly name: string
  readonly key: string
  readonly size?: number
  readonly eTag?: string
}

let folder: string | undefined

/** Returns a new folder for an event source. */
export function newDataDir(): string {
  folder ??= temporaryFolder()
  return join(folder, randomUUID())
}

export type Function = (event: S3Event, requestId: string) => Promise<InvocationOutcome>

/** The options of a source with one function for all events of a bucket. */
export function sourceOptions(
  { endpoint, bucket }: { endpoint: string; bucket: string },
  invoke: Function,
  options: Partial<S3EventSourceOptions> = {},
): S3EventSourceOptions {
  const events = ['s3:ObjectCreated:*', 's3:ObjectRemoved:*']
  return {
    port: 0,
    endpoint,
    credentials: localCredentials,
    region: localRegion,
    isS3Proxy: true,
    dataDir: newDataDir(),
    subscriptions: events.map((event) => readSubscription('ingest', { bucket, event })),
    functions: [
      {
        functionKey: 'ingest',
        functionName: 'books-dev-ingest',
        maximumRetryAttempts: 2,
        maximumEventAgeMs: 60_000,
        retryDelaysMs: [10],
        concurrency: 1,
        invoke: (payload, requestId) => invoke(JSON.parse(payload), requestId),
      },
    ],
    log: () => undefined,
    ...options,
  }
}

export function receivedEvents(event: S3Event): ReceivedEvent[] {
  return event.Records.map(({ eventName, s3 }, i) => {
    const { key: _, sequencer: __, ...facts } = s3.object
    return { name: eventName, key: decodeS3Event(event)[i]!.key, ...facts }
  })
}

export type TestedSource = {
  readonly s3: S3Client
  readonly endpoint: string
  readonly lines: readonly string[]
  /** Events since the last call. Resolves after all earlier changes were delivered, since events arrive in order here. */
  received(): Promise<ReceivedEvent[]>
  /** Events since the last call of `received`, without a wait. */
  soFar(): readonly ReceivedEvent[]
  stop(): Promise<void>
}

export async function startTestedSource(
  upstream: { endpoint: string; bucket: string },
  options: Partial<S3EventSourceOptions> = {},
): Promise<TestedSource> {
  let all: ReceivedEvent[] = []
  const lines: string[] = []
  const invoke: Function = async (event, requestId) => {
    all.push(...receivedEvents(event))
    await turn()
    return { ok: true, requestId, payload: 'null' }
  }
  const source = await startS3EventSource(
    sourceOptions(upstream, invoke, { log: (line) => lines.push(line), ...options }),
  )
  const endpoint = `http://127.0.0.1:${source.port}`
  const s3 = s3ClientFor(endpoint)
  let rounds = 0
  return {
    s3,
    endpoint,
    lines,
    received: async () => {
      const last = `last-of-round-${rounds++}`
      await s3.send(new PutObjectCommand({ Bucket: upstream.bucket, Key: last, Body: 'x' }))
      await waitFor(() => all.some(({ key }) => key === last), { within: 10_000 })
      const before = all.slice(0, -1)
      all = []
      return before
    },
    soFar: () => all,
    stop: async () => {
      s3.destroy()
      await source.stop()
    },
  }
}
