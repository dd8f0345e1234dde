import { checkReplicas, configFrom } from '../books/config.ts'
import { awsPartition } from '../lib/aws-domain.ts'
import { type Env, Settings } from '../lib/settings.ts'
import { readAccess } from './access.ts'

/** serverless's default stage, which is never deployed. */
export const localStage = 'dev'

/** The first is the default (Lambda developer guide, page `lambda-runtimes`). */
export const runtimes = ['nodejs24.x', 'nodejs22.x'] as const

export const functionNames = ['ingest', 'count', 'counts', 'uploads', 'page', 'topics'] as const
export type FunctionName = (typeof functionNames)[number]

export const roleNames = [...functionNames, 'backfill'] as const

/** Defaults for Amazon MSK with IAM and three brokers. */
const deployedDefaults = { KAFKA_SECURITY: 'iam', REPLICATION_FACTOR: '3', MIN_INSYNC_REPLICAS: '2' } as const

export function regionOf(env: Env): string {
  return env.AWS_REGION || env.MSK_CLUSTER_ARN?.split(':')[3] || env.AWS_DEFAULT_REGION || 'us-east-1'
}

export function deployedEnv(env: Env): Env {
  return { ...deployedDefaults, ...withoutEmpty(env), AWS_REGION: regionOf(env) }
}

/** @throws CONFIG_INVALID with every problem */
export function readDeployment(env: Env, stage: string): Deployment {
  const isLocal = stage === localStage
  const region = regionOf(env)
  const settings = new Settings(isLocal ? { ...withoutEmpty(env), AWS_REGION: region } : deployedEnv(env))
  const access = readAccess(settings, isLocal)
  const deployment = { stage, isLocal, region, access, ...readSettings(settings) }
  if (!isLocal) checkDeployed(settings, deployment)
  settings.settle()
  return deployment
}

export type Deployment = {
  readonly stage: string
  readonly isLocal: boolean
  readonly region: string
  readonly access: ReturnType<typeof readAccess>
} & Readonly<ReturnType<typeof readSettings>>

function readSettings(settings: Settings) {
  return {
    config: configFrom(settings),
    /** Undefined when Kafka is not Amazon MSK. */
    mskClusterArn: readArn(
      settings,
      'MSK_CLUSTER_ARN',
      /^arn:[a-z-]+:kafka:[a-z0-9-]+:\d{12}:(cluster\/[^/]+\/[^/]+|vpc-connection\/\d{12}\/[^/]+\/[^/]+)$/,
    ),
    /** Undefined when the brokers are on the internet. */
    network: readNetwork(settings),
    architecture: settings.oneOf('ARCHITECTURE', ['arm64', 'x86_64'], 'arm64'),
    runtime: settings.oneOf('RUNTIME', runtimes, 'nodejs24.x'),
    mapping: {
      batchSize: settings.integer('COUNT_BATCH_SIZE', 10_000, { min: 1, max: 10_000 }),
      windowSeconds: settings.integer('COUNT_WINDOW_SECONDS', 1, { min: 0, max: 300 }),
      pollers: readPollers(settings),
      maximumRetryAttempts: readOptional(settings, 'COUNT_RETRIES', { min: 0, max: maxRetries }),
      maximumRecordAgeSeconds: readOptional(settings, 'COUNT_RECORD_AGE_SECONDS', { min: 60, max: 604_800 }),
    },
    countConcurrency:
      settings.text('COUNT_CONCURRENCY') === 'none'
        ? undefined
        : settings.integer('COUNT_CONCURRENCY', 1, { min: 1, max: 1_000 }),
    backfillConcurrency: settings.integer('BACKFILL_CONCURRENCY', 10, { min: 1, max: 1_000 }),
    bucket: {
      exists: isSet(settings, 'BUCKET_EXISTS'),
      /** `eventbridge` does not change the bucket's notification configuration, which can have only one owner. */
      events: settings.oneOf('BUCKET_EVENTS', ['notifications', 'eventbridge'], 'notifications'),
      isVersioned: isSet(settings, 'BUCKET_VERSIONING'),
      kmsKeyArn: readArn(settings, 'KMS_KEY_ARN', kmsKey),
    },
    secretsKmsKeyArn: readArn(settings, 'SECRETS_KMS_KEY_ARN', kmsKey),
    /** The account requires path and boundary of every role. */
    iam: {
      path: readRolePath(settings),
      permissionsBoundaryArn: readArn(
        settings,
        'PERMISSIONS_BOUNDARY_ARN',
        /^arn:[a-z-]+:iam::(\d{12}|aws):policy\/.+$/,
      ),
      /** The existing roles; the template creates the others. */
      roleArns: readRoleArns(settings),
    },
    /** CloudFormation propagates them to the stack's resources. */
    tags: readTags(settings),
    tracesWithXRay: isSet(settings, 'TRACING'),
    logRetentionDays: readRetention(settings),
    alarms: {
      topicArn: readArn(settings, 'ALARM_TOPIC_ARN', /^arn:[a-z-]+:sns:[a-z0-9-]+:\d{12}:[^:]+$/),
      lagLines: settings.integer('ALARM_LAG_LINES', 1_000_000, { min: 1, max: Number.MAX_SAFE_INTEGER }),
      ageMinutes: settings.integer('ALARM_AGE_MINUTES', 15, { min: 1, max: 1_440 }),
    },
  }
}

function isSet(settings: Settings, name: string): boolean {
  return settings.oneOf(name, ['yes', 'no'], 'no') === 'yes'
}

const kmsKey = /^arn:[a-z-]+:kms:[a-z0-9-]+:\d{12}:key\/[A-Za-z0-9-]+$/

/** Lambda's limit with an on-failure destination (developer guide, page `kafka-on-failure-destination`). */
const maxRetries = 10

/** The values of CloudWatch Logs (API reference, `PutRetentionPolicy`). */
const retentionDays = [
  1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922, 3288, 3653,
]

function readRetention(settings: Settings): number {
  const days = settings.integer('LOG_RETENTION_DAYS', 30, { min: 1, max: 3653 })
  if (!retentionDays.includes(days)) {
    settings.problem(`LOG_RETENTION_DAYS must be one of ${retentionDays.join(', ')}, not "${days}"`)
  }
  return days
}

/** Rejects `/`, which IAM uses by default. */
function readRolePath(settings: Settings): string | undefined {
  const path = settings.text('ROLE_PATH')
  if (path !== undefined && !/^\/([!-.0-~]+\/)+$/.test(path)) {
    settings.problem(`ROLE_PATH must begin and end with "/", as in /teams/books/, not "${path}"`)
  }
  return path
}

/** Parses existing roles such as `ingest=arn:…,count=arn:…`. */
function readRoleArns(settings: Settings): Readonly<Partial<Record<(typeof roleNames)[number], string>>> {
  const pattern = new RegExp(
    `^\\s*(${roleNames.join('|')})\\s*=\\s*(arn:[a-z-]+:iam::\\d{12}:role/[\\w+=,.@/-]+)\\s*$`,
  )
  const rule = `name=ARN of a role, separated by commas, with the names ${roleNames.join(', ')}`
  return readPairs(settings, 'ROLE_ARNS', pattern, rule)
}

function readTags(settings: Settings): Readonly<Record<string, string>> {
  const pattern = /^(?!\s*aws:)\s*([^=]{1,128}?)\s*=\s*([^=]{0,256}?)\s*$/i
  return readPairs(settings, 'TAGS', pattern, 'key=value pairs separated by commas')
}

/** @param pattern matches a pair, with groups for its name and its value */
function readPairs(settings: Settings, name: string, pattern: RegExp, rule: string): Record<string, string> {
  const pairs = settings.text(name)?.split(',') ?? []
  return Object.fromEntries(
    pairs.map((pair) => {
      const [match, key = '', value = ''] = pattern.exec(pair) ?? []
      if (match === undefined) settings.problem(`${name} must be ${rule}, not "${pair}"`)
      return [key, value]
    }),
  )
}

function checkDeployed(settings: Settings, deployment: Deployment): void {
  const { stage, region, config, mskClusterArn, mapping, bucket, alarms } = deployment
  checkReplicas(settings, config)
  for (const [name, why] of [
    ['USERID', 'it is the prefix of every topic name, and must be the same for every user who deploys'],
    ['BUCKET', 'the name of a bucket is unique in AWS'],
    ['BROKERS', 'host:port of the bootstrap brokers, separated by commas'],
  ] as const) {
    if (settings.text(name) === undefined) settings.problem(`${name} must be set for stage ${stage}: ${why}`)
  }
  for (const [isBroken, problem] of awsRules(settings, deployment)) if (isBroken) settings.problem(problem)
  const regional = {
    MSK_CLUSTER_ARN: mskClusterArn,
    KMS_KEY_ARN: bucket.kmsKeyArn,
    ALARM_TOPIC_ARN: alarms.topicArn,
  }
  for (const [name, arn] of Object.entries(regional)) {
    const [, partition, , arnRegion] = arn?.split(':') ?? []
    if (arn !== undefined && (arnRegion !== region || partition !== awsPartition(region))) {
      settings.problem(`${name} must be in the region of the stage, ${region} (AWS_REGION), not "${arn}"`)
    }
  }
  const { login, identity, authority } = config.security
  const secrets = { KAFKA_SECRET: login ?? identity, KAFKA_CA_SECRET: authority }
  for (const [name, kept] of Object.entries(secrets)) {
    if (kept !== undefined && !('secret' in kept)) {
      settings.problem(
        `${name} must be set for stage ${stage}: functions and Lambda read credentials from Secrets Manager`,
      )
    }
  }
  if (mapping.pollers === undefined) {
    for (const name of ['COUNT_RETRIES', 'COUNT_RECORD_AGE_SECONDS']) {
      if (settings.text(name) !== undefined)
        settings.problem(`${name} requires COUNT_POLLERS: Lambda supports it in provisioned mode only`)
    }
  }
}

function awsRules(
  settings: Settings,
  deployment: Deployment,
): readonly (readonly [isBroken: boolean, problem: string])[] {
  const { stage, config, mskClusterArn, network, bucket } = deployment
  const { kind, login, identity } = config.security
  const isMsk = mskClusterArn !== undefined
  return [
    [
      !/^(?!.*\.\.|(?:\d+\.){3}\d+$)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(config.bucket),
      `BUCKET must be 3 to 63 lower-case letters, digits, "-" or single ".", not "${config.bucket}"`,
    ],
    [
      bucket.exists && bucket.isVersioned,
      'BUCKET_VERSIONING=yes does not change an existing bucket: enable its versions with S3, and omit BUCKET_VERSIONING',
    ],
    [
      bucket.events === 'eventbridge' && !bucket.exists,
      'BUCKET_EVENTS=eventbridge requires an existing bucket: set BUCKET_EXISTS=yes',
    ],
    [
      kind === 'iam' && !isMsk,
      'KAFKA_SECURITY=iam requires Amazon MSK. Set MSK_CLUSTER_ARN, or set KAFKA_SECURITY to a kind that your cluster accepts',
    ],
    [
      login === undefined && identity === undefined && settings.text('KAFKA_SECRET') !== undefined,
      `KAFKA_SECURITY=${kind} uses no secret. Set KAFKA_SECURITY to the kind of KAFKA_SECRET, or omit KAFKA_SECRET`,
    ],
    [
      isMsk && (kind === 'sasl-plain' || kind === 'sasl-scram-256'),
      `Amazon MSK does not support KAFKA_SECURITY=${kind}. Use iam, sasl-scram-512, mtls, tls or plaintext`,
    ],
    [
      isMsk && network === undefined,
      "MSK_CLUSTER_ARN requires SUBNET_IDS and SECURITY_GROUP_IDS of the cluster's VPC",
    ],
    [
      !isMsk && network === undefined && (kind === 'plaintext' || kind === 'tls'),
      `KAFKA_SECURITY=${kind} needs SUBNET_IDS and SECURITY_GROUP_IDS: Lambda reads from the internet only with credentials`,
    ],
    // Lambda API reference: `CreateFunction`, `SelfManagedEventSource`.
    [stage.length > 44, `The stage "${stage}" is too long: Lambda's limit for names leaves 44 characters`],
    [config.userid.length > 194, "USERID is too long: Lambda's limit for groups leaves 194 characters"],
    [config.userid.startsWith('.'), 'USERID must not begin with ".": Lambda reads no such topic'],
    [!isMsk && config.brokers.length > 10, 'BROKERS has more than 10 addresses, the limit of Lambda'],
  ]
}

function readNetwork(settings: Settings) {
  const subnetIds = readIds(settings, 'SUBNET_IDS', /^subnet-[a-z0-9]+$/, 16)
  const securityGroupIds = readIds(settings, 'SECURITY_GROUP_IDS', /^sg-[a-z0-9]+$/, 5)
  if (subnetIds.length === 0 && securityGroupIds.length === 0) return undefined
  if (subnetIds.length === 0 || securityGroupIds.length === 0) {
    settings.problem('SUBNET_IDS and SECURITY_GROUP_IDS must be set together')
  }
  return { subnetIds, securityGroupIds }
}

function readIds(settings: Settings, name: string, pattern: RegExp, most: number): readonly string[] {
  const text = settings.text(name)?.trim()
  const ids = text?.split(/\s*,\s*/) ?? []
  if (ids.length > most) settings.problem(`${name} has more than ${most} IDs, the limit of Lambda`)
  for (const id of ids)
    if (!pattern.test(id)) settings.problem(`${name} must be IDs that match ${pattern.source}, not "${id}"`)
  return ids
}

function readPollers(settings: Settings) {
  const text = settings.text('COUNT_POLLERS')
  if (text === undefined) return undefined
  const [, minimum, maximum] = /^(\d{1,3})-(\d{1,4})$/.exec(text)?.map(Number) ?? []
  if (minimum! >= 1 && minimum! <= 200 && maximum! >= minimum! && maximum! <= 2_000) {
    return { minimumPollers: minimum!, maximumPollers: maximum! }
  }
  settings.problem(
    `COUNT_POLLERS must be the minimum and maximum, such as 1-5 (limits 200 and 2,000), not "${text}"`,
  )
  return undefined
}

function readOptional(
  settings: Settings,
  name: string,
  range: { min: number; max: number },
): number | undefined {
  return settings.text(name) === undefined ? undefined : settings.integer(name, range.min, range)
}

function readArn(settings: Settings, name: string, pattern: RegExp): string | undefined {
  const arn = settings.text(name)
  if (arn !== undefined && !pattern.test(arn))
    settings.problem(`${name} must match ${pattern.source}, not "${arn}"`)
  return arn
}

function withoutEmpty(env: Env): Env {
  return Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
}
