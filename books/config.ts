import { awsDomain } from '../lib/aws-domain.ts'
import { osUser } from '../lib/os-user.ts'
import { type Env, Settings } from '../lib/settings.ts'
import { readSecurity, type Security } from './security.ts'
import { type Topics, topicsOf } from './topics.ts'

export type Config = {
  readonly userid: string
  readonly brokers: readonly string[]
  readonly security: Security
  readonly bucket: string
  readonly topics: Topics
  readonly partitions: number
  readonly replicationFactor: number
  readonly minInsyncReplicas: number
  readonly minCompactionLagMs: number
  readonly emit: Emit
  readonly uploadEndpoint: URL
  readonly uploadMaxBytes: number
  /** Where failure records are: `s3://BUCKET/PREFIX/` or `file:///FOLDER/`. */
  readonly failures: URL | undefined
  readonly metricsNamespace: string | undefined
}

/** `every` publishes each count; `batch`, each book's last count in a batch. */
export type Emit = 'every' | 'batch'

export const defaults = {
  kafkaPort: 9092,
  bucket: 'books',
  partitions: 5,
  replicationFactor: 1,
  minInsyncReplicas: 1,
  minCompactionLagMs: 7 * 24 * 3_600_000,
  uploadMaxBytes: 1024 ** 3,
} as const

const replicas = { min: 1, max: 100 }

/** S3's limit for one PUT (user guide, page "Amazon S3 multipart upload limits"). */
export const maxPutBytes = 5 * 1024 ** 3

/** @throws CONFIG_INVALID with every problem */
export function readConfig(env: Env): Config {
  const settings = new Settings(env)
  const config = configFrom(settings)
  settings.settle()
  return config
}

export function configFrom(settings: Settings): Config {
  const security = readSecurity(settings)
  const userid = settings.matching(
    'USERID',
    /^[A-Za-z0-9._-]{1,200}$/,
    'must be letters, digits, ".", "_" or "-" (it is the prefix of every topic name; set USERID to choose one)',
    osUser() ?? '',
  )
  const region = settings.text('AWS_REGION') ?? 'us-east-1'
  return {
    userid,
    brokers: settings.addresses('BROKERS', [`127.0.0.1:${settings.port('KAFKA_PORT', defaults.kafkaPort)}`]),
    security,
    bucket: settings.text('BUCKET') ?? defaults.bucket,
    topics: topicsOf(userid),
    partitions: settings.integer('PARTITIONS', defaults.partitions, { min: 1, max: 10_000 }),
    replicationFactor: settings.integer('REPLICATION_FACTOR', defaults.replicationFactor, replicas),
    minInsyncReplicas: settings.integer('MIN_INSYNC_REPLICAS', defaults.minInsyncReplicas, replicas),
    minCompactionLagMs: settings.integer('MIN_COMPACTION_LAG_MS', defaults.minCompactionLagMs, {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    }),
    emit: settings.oneOf('EMIT', ['every', 'batch'], 'every'),
    uploadEndpoint:
      settings.url('UPLOAD_ENDPOINT', ['http:', 'https:']) ??
      new URL(`https://s3.${region}.${awsDomain(region)}`),
    uploadMaxBytes: settings.integer('UPLOAD_MAX_BYTES', defaults.uploadMaxBytes, {
      min: 1,
      max: maxPutBytes,
    }),
    failures: settings.url('FAILURES', ['s3:', 'file:']),
    metricsNamespace: settings.text('METRICS_NAMESPACE'),
  }
}

/** Kafka creates topics that no record can be written to. */
export function checkReplicas(settings: Settings, { replicationFactor, minInsyncReplicas }: Config): void {
  if (minInsyncReplicas <= replicationFactor) return
  settings.problem(
    `MIN_INSYNC_REPLICAS is ${minInsyncReplicas} and must be at most REPLICATION_FACTOR, which is ${replicationFactor}`,
  )
}
