import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { S3Client } from '@aws-sdk/client-s3'
import { messageOf } from '../../lib/errors.ts'
import { AsyncFunction, type AsyncFunctionOptions } from './async-function.ts'
import { describeDelivery } from './describe-delivery.ts'
import { startEventProxy } from './event-proxy.ts'
import { EventQueue, type Intent } from './event-queue.ts'
import { writeFailure } from './failure-folder.ts'
import { holdFolder } from './hold-folder.ts'
import { ObjectLocks } from './object-locks.ts'
import { settle } from './settle.ts'
import type { Subscription } from './subscriptions.ts'
import { Upstream } from './upstream.ts'

export type SubscribedFunction = Omit<AsyncFunctionOptions, 'writeFailure' | 'settled' | 'log'> & {
  readonly functionName: string
}

export type S3EventSourceOptions = {
  /** 0 selects a free port. */
  readonly port: number
  /** The S3 server behind the proxy. */
  readonly endpoint: string
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string }
  readonly region: string
  readonly isS3Proxy: boolean
  /** Parent folder of `s3-events/` (the queue) and `on-failure/`. */
  readonly dataDir: string
  readonly subscriptions: readonly Subscription[]
  readonly functions: readonly SubscribedFunction[]
  /** Delay of the second check of an intent. Default: 30 s. */
  readonly lateMs?: number
  readonly log: (line: string) => void
}

export type S3EventSource = Awaited<ReturnType<typeof startS3EventSource>>

/**
 * Starts the proxy and invokes the subscribed functions after every change.
 * @throws PORT_IN_USE; PROCESS_FAILED when another process uses the queue
 */
export async function startS3EventSource(options: S3EventSourceOptions) {
  const { endpoint, credentials, isS3Proxy, log } = options
  const folder = join(options.dataDir, 's3-events')
  await mkdir(folder, { recursive: true })
  const release = await holdFolder(folder)
  const { queue, damaged } = await EventQueue.open(folder, options.subscriptions, options.region)
  if (damaged > 0) log(damagedLine(folder, damaged))

  const s3 = new S3Client({ endpoint, credentials, region: options.region, forcePathStyle: true })
  const upstream = new Upstream(endpoint)
  const resolving = new AbortController()
  const resolveIntentLater = (intent: Intent) => {
    const lateMs = options.lateMs ?? 30_000
    settle(intent, { s3, queue, lateMs, signal: resolving.signal, log }).catch((error: unknown) =>
      log(`s3 events: ${messageOf(error)} The next start checks the object again.`),
    )
  }
  const functions = functionsOf(options, queue)
  const close = async () => {
    for (const each of functions.values()) await each.close()
    resolving.abort()
    upstream.close()
    s3.destroy()
    await queue.close()
    release()
  }
  try {
    const functionKeys = new Map(options.functions.map((each) => [each.functionName, each.functionKey]))
    const locks = new ObjectLocks()
    const bucket = { upstream, locks, s3, queue, functionKeys, isS3Proxy, resolveIntentLater }
    const proxy = await startEventProxy(options.port, bucket, log)
    queue.deliverTo((delivery) => {
      const subscribed = functions.get(delivery.functionKey)
      if (subscribed) subscribed.enqueue(delivery)
      else
        log(`${describeDelivery(delivery)} stays queued: the service has no function ${delivery.functionKey}`)
    })
    queue.openIntents().forEach(resolveIntentLater)
    return {
      port: proxy.port,
      /** Keeps failed invocations queued. Must be called before the containers are stopped. */
      stopRetrying: () => {
        for (const each of functions.values()) each.stopRetrying()
      },
      stop: async () => {
        await proxy.close()
        await close()
      },
    }
  } catch (error) {
    await close()
    throw error
  }
}

function functionsOf(options: S3EventSourceOptions, queue: EventQueue): Map<string, AsyncFunction> {
  const { dataDir, region, log } = options
  const common = {
    writeFailure: writeFailure.bind(undefined, join(dataDir, 'on-failure'), region),
    settled: queue.settled.bind(queue),
    log,
  }
  return new Map(
    options.functions.map((each) => [each.functionKey, new AsyncFunction({ ...each, ...common })]),
  )
}

function damagedLine(folder: string, damaged: number): string {
  return `s3 events: ${damaged} entries of the queue in ${folder} cannot be read. Events may be lost: upload the latest books again. The damaged file is queue.journal.damaged.`
}
