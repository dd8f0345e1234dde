/** The deployed functions in containers, between a real bucket and a cluster. Containers are frozen between invocations. */
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { DeleteObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { Credentials } from '../../books/credentials.ts'
import { readSecurity } from '../../books/security.ts'
import { mskToken } from '../../kafka/access/msk-token.ts'
import { Secrets } from '../../lib/secrets.ts'
import { Settings } from '../../lib/settings.ts'
import { asyncDefaults } from '../../local/bucket/async-function.ts'
import { type S3EventSource, startS3EventSource } from '../../local/bucket/event-source.ts'
import { readSubscription } from '../../local/bucket/subscriptions.ts'
import { ContainerPool } from '../../local/containers/pool.ts'
import { eventSourceAccess } from '../../local/event-source-access.ts'
import { type EventSources, startEventSources } from '../../local/kafka-event-source/event-sources.ts'
import { readServiceSettings } from '../../local/kafka-event-source/settings/service-settings.ts'
import { localCredentials, localRegion } from '../../local/settings/s3-credentials.ts'
import { s3ClientFor } from '../harness/bucket.ts'
import { kafkaEvent, serverlessOf } from '../harness/event-source.ts'
import { temporaryFolder } from '../harness/names.ts'
import { descendants, functionOf, isStopped, signal } from '../harness/process-tree.ts'
import { waitFor } from '../harness/wait-for.ts'

const serviceDir = fileURLToPath(new URL('../..', import.meta.url))

export type ClusterFunction = 'ingest' | 'count'

export type ClusterServiceOptions = {
  /** Of the functions: BROKERS, USERID, BUCKET and the access to Kafka. */
  readonly environment: Readonly<Record<string, string>>
  readonly bucketEndpoint: string
  readonly booksTopic: string
  readonly log: (line: string) => void
}

export class ClusterService {
  readonly #bucket: string
  readonly #booksTopic: string
  readonly #s3: S3Client
  readonly #pool: ContainerPool
  readonly #bucketEvents: S3EventSource
  readonly #kafkaEvents: EventSources
  readonly #lines: string[]

  private constructor(
    bucket: string,
    booksTopic: string,
    pool: ContainerPool,
    bucketEvents: S3EventSource,
    kafkaEvents: EventSources,
    lines: string[],
  ) {
    this.#bucket = bucket
    this.#booksTopic = booksTopic
    this.#s3 = s3ClientFor(`http://127.0.0.1:${bucketEvents.port}`)
    this.#pool = pool
    this.#bucketEvents = bucketEvents
    this.#kafkaEvents = kafkaEvents
    this.#lines = lines
  }

  static async start({
    environment,
    bucketEndpoint,
    booksTopic,
    log,
  }: ClusterServiceOptions): Promise<ClusterService> {
    const lines: string[] = []
    const keep = (line: string) => {
      lines.push(line)
      log(line)
    }
    const functionEnvironment = {
      ...environment,
      AWS_ENDPOINT_URL_S3: bucketEndpoint,
      AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
      POWERTOOLS_LOG_LEVEL: 'CRITICAL',
      AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED: 'true',
    }
    const pool = new ContainerPool(
      {
        functionName: deployedName('ingest', booksTopic),
        handler: 'functions/ingest/handler.handler',
        serviceDir,
        environment: functionEnvironment,
        timeoutMs: 60_000,
        memorySize: 512,
        freeze: true,
      },
      ({ line }) => keep(`ingest: ${line}`),
    )
    const kafkaEvents = await startCount(functionEnvironment, booksTopic, keep)
    const bucket = environment.BUCKET!
    const bucketEvents = await startS3EventSource({
      port: 0,
      endpoint: bucketEndpoint,
      credentials: localCredentials,
      region: localRegion,
      isS3Proxy: true,
      dataDir: temporaryFolder(),
      subscriptions: ['s3:ObjectCreated:*', 's3:ObjectRemoved:*'].map((event) =>
        readSubscription('ingest', { bucket, event }),
      ),
      functions: [
        {
          ...asyncDefaults,
          functionKey: 'ingest',
          functionName: pool.settings.functionName,
          concurrency: 1,
          retryDelaysMs: [200],
          invoke: (payload, requestId) => pool.invoke(payload, { requestId }),
        },
      ],
      log: keep,
    })
    return new ClusterService(bucket, booksTopic, pool, bucketEvents, kafkaEvents, lines)
  }

  /** Returns the log of the event sources. */
  get lines(): readonly string[] {
    return this.#lines
  }

  async put(key: string, body: Buffer): Promise<void> {
    await this.#s3.send(new PutObjectCommand({ Bucket: this.#bucket, Key: key, Body: body }))
  }

  async remove(key: string): Promise<void> {
    await this.#s3.send(new DeleteObjectCommand({ Bucket: this.#bucket, Key: key }))
  }

  /** Sends `kill -9` to a container when its next invocation has begun. All containers must be frozen. */
  async killBusy(name: ClusterFunction, stopWaiting: AbortSignal): Promise<void> {
    const frozen = this.#containers(name)
    while (!stopWaiting.aborted) {
      const pid = frozen.find((each) => !isStopped(each))
      if (pid !== undefined) return signal(pid, 'SIGKILL')
      await delay(1)
    }
  }

  /** Resolves when all containers are frozen. */
  async untilFrozen(): Promise<void> {
    const all = () => [...this.#containers('ingest'), ...this.#containers('count')]
    await waitFor(() => all().length > 0 && all().every(isStopped), {
      within: 60_000,
      every: 200,
    })
  }

  async stop(): Promise<void> {
    this.#bucketEvents.stopRetrying()
    await Promise.all([this.#pool.close(), this.#kafkaEvents.stop()])
    await this.#bucketEvents.stop()
    this.#s3.destroy()
  }

  #containers(name: ClusterFunction): readonly number[] {
    const deployed = deployedName(name, this.#booksTopic)
    return descendants(process.pid).filter((pid) => functionOf(pid) === deployed)
  }
}

/** Unique among the services of this process. */
function deployedName(name: ClusterFunction, booksTopic: string): string {
  return `${booksTopic}-${name}`
}

/** The event source mapping with the same access as the functions. */
async function startCount(
  environment: Readonly<Record<string, string>>,
  topic: string,
  log: (line: string) => void,
): Promise<EventSources> {
  const security = readSecurity(new Settings(environment))
  const { accessConfigurations, custom } = await eventSourceAccess(security, serviceDir)
  const event = kafkaEvent(
    { brokers: environment.BROKERS!, topic },
    { batchSize: 500, ...(Object.keys(accessConfigurations).length > 0 && { accessConfigurations }) },
  )
  const serverless = serverlessOf({
    serviceDir,
    functions: {
      count: {
        name: deployedName('count', topic),
        handler: 'functions/count/handler.handler',
        environment,
        timeout: 60,
        reservedConcurrency: 1,
        events: [event],
      },
    },
    custom: { ...custom, freeze: true, maxBackoffSeconds: 1 },
  })
  const settings = await readServiceSettings(serverless, Date.now())
  if (security.kind !== 'iam') return startEventSources(serverless, settings, log)
  // The event source uses IAM for brokers with names of Amazon MSK only.
  const token = async (region: string) => mskToken(region, localCredentials)
  const access = await new Credentials(new Secrets(), token).accessFor(security)
  const { brokers } = settings.mappings[0]!.access
  const mappings = settings.mappings.map((mapping) => ({ ...mapping, access: { ...access, brokers } }))
  return startEventSources(serverless, { ...settings, mappings }, log)
}
