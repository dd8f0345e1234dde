import { networkInterfaces } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Config, configFrom, defaults } from '../../books/config.ts'
import { securityEnvironment } from '../../books/security.ts'
import { type Env, Settings } from '../../lib/settings.ts'
import { type Interfaces, networkAddress } from './network-address.ts'
import { localCredentials, localRegion } from './s3-credentials.ts'

export type LocalConfig = Config & {
  /** Ports of one broker, or of three that replicate. */
  readonly kafkaPorts: readonly number[]
  /** Port of the event proxy. */
  readonly s3Port: number
  readonly httpPort: number
  /** Second address of page and bucket, besides the loopback address. */
  readonly networkAddress: string | undefined
  readonly lambdaPort: number
  readonly dataDir: string
  /** False when BROKERS names a cluster. */
  readonly startsKafka: boolean
  /** False when S3_ENDPOINT names a server. */
  readonly startsS3: boolean
  /** URL of the event proxy. */
  readonly s3Endpoint: string
  /** URL of the S3 server behind the event proxy. */
  readonly s3ServerEndpoint: string
  readonly s3Credentials: {
    readonly accessKeyId: string
    readonly secretAccessKey: string
    /** Set only for temporary AWS credentials. */
    readonly sessionToken?: string
  }
  readonly region: string
  readonly logLevel: string | undefined
  /** Delays before the first and second retry of an upload's event. AWS waits 1 and 2 minutes. */
  readonly s3RetryDelaysMs: readonly number[]
}

/**
 * Reads the settings of the local cloud. The S3 server's port is one above the event proxy's.
 * @throws CONFIG_INVALID with every problem
 */
export function readLocalConfig(
  env: Env,
  folder: string = process.cwd(),
  interfaces: Interfaces = networkInterfaces(),
): LocalConfig {
  const settings = new Settings(withReplicas(env))
  const shared = configFrom(settings)
  const brokers = Number(settings.oneOf('LOCAL_BROKERS', ['1', '3'], '1'))
  const ports = {
    KAFKA_PORT: settings.integer('KAFKA_PORT', defaults.kafkaPort, { min: 1, max: 65_536 - brokers }),
    S3_PORT: settings.integer('S3_PORT', 9000, { min: 1, max: 65_534 }),
    HTTP_PORT: settings.port('HTTP_PORT', 3000),
    LAMBDA_PORT: settings.port('LAMBDA_PORT', 3002),
  }
  const startsKafka = settings.text('BROKERS') === undefined
  const startsS3 = settings.text('S3_ENDPOINT') === undefined
  const sessionToken = settings.text('AWS_SESSION_TOKEN')
  const kafkaPorts = Array.from({ length: brokers }, (_, above) => ports.KAFKA_PORT + above)
  const taken = [
    ...Object.entries(ports).filter(([name]) => startsKafka || name !== 'KAFKA_PORT'),
    ...(startsKafka ? kafkaPorts.slice(1).map((port, i) => [`KAFKA_PORT + ${i + 1}`, port] as const) : []),
    ...(startsS3 ? [['S3_PORT + 1', ports.S3_PORT + 1] as const] : []),
  ]
  for (const [name, port] of taken) {
    const other = taken.find(([otherName, otherPort]) => otherPort === port && otherName < name)
    if (other) settings.problem(`${other[0]} and ${name} are both ${port}`)
  }
  const config = {
    ...shared,
    brokers: startsKafka ? kafkaPorts.map((port) => `127.0.0.1:${port}`) : shared.brokers,
    kafkaPorts,
    s3Port: ports.S3_PORT,
    httpPort: ports.HTTP_PORT,
    networkAddress: networkAddress(settings.text('HOST'), interfaces),
    lambdaPort: ports.LAMBDA_PORT,
    dataDir: resolve(folder, settings.text('DATA_DIR') ?? '.local'),
    startsKafka,
    startsS3,
    s3Endpoint: `http://127.0.0.1:${ports.S3_PORT}`,
    s3ServerEndpoint: startsS3
      ? `http://127.0.0.1:${ports.S3_PORT + 1}`
      : httpEndpoint(settings, 'S3_ENDPOINT'),
    s3Credentials: {
      accessKeyId:
        (startsS3 ? undefined : settings.text('AWS_ACCESS_KEY_ID')) ?? localCredentials.accessKeyId,
      secretAccessKey:
        (startsS3 ? undefined : settings.text('AWS_SECRET_ACCESS_KEY')) ?? localCredentials.secretAccessKey,
      ...(!startsS3 && sessionToken !== undefined && { sessionToken }),
    },
    region: (startsS3 ? undefined : settings.text('AWS_REGION')) ?? localRegion,
    logLevel: settings.text('POWERTOOLS_LOG_LEVEL'),
    s3RetryDelaysMs: delays(settings, 'S3_RETRY_DELAYS_MS', [1_000, 5_000]),
  }
  settings.settle()
  return config
}

/** Sets replication factor 3 and 2 in-sync replicas for three local brokers. */
function withReplicas(env: Env): Env {
  if (env.LOCAL_BROKERS !== '3' || env.BROKERS) return env
  const { REPLICATION_FACTOR, MIN_INSYNC_REPLICAS } = env
  return {
    ...env,
    REPLICATION_FACTOR: REPLICATION_FACTOR || '3',
    MIN_INSYNC_REPLICAS: MIN_INSYNC_REPLICAS || '2',
  }
}

function delays(settings: Settings, name: string, fallback: readonly number[]): readonly number[] {
  const text = settings.text(name)
  if (text === undefined || /^\d{1,8}(,\d{1,8})*$/.test(text)) return text?.split(',').map(Number) ?? fallback
  settings.problem(`${name} must be milliseconds separated by commas, not "${text}"`)
  return fallback
}

function httpEndpoint(settings: Settings, name: string): string {
  const text = settings.text(name) ?? ''
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url && (url.protocol === 'http:' || url.protocol === 'https:')) return url.origin
  settings.problem(`${name} must be an address such as http://127.0.0.1:9001, not "${text}"`)
  return text
}

export function failureFolder({ dataDir }: Pick<LocalConfig, 'dataDir'>): string {
  return join(dataDir, 'on-failure', 'ingest')
}

/**
 * Returns the environment of local functions. Requests to the Lambda API use the bucket's port.
 * @param folder base of relative file paths in settings
 */
export function functionEnvironment(config: LocalConfig, folder?: string): Readonly<Record<string, string>> {
  const { networkAddress: address, s3Port, s3Endpoint } = config
  return {
    AWS_ACCESS_KEY_ID: config.s3Credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: config.s3Credentials.secretAccessKey,
    ...(config.s3Credentials.sessionToken !== undefined && {
      AWS_SESSION_TOKEN: config.s3Credentials.sessionToken,
    }),
    AWS_REGION: config.region,
    AWS_ENDPOINT_URL_S3: config.s3Endpoint,
    AWS_ENDPOINT_URL_LAMBDA: config.s3Endpoint,
    UPLOAD_ENDPOINT: address === undefined ? s3Endpoint : `http://${address}:${s3Port}`,
    FAILURES: pathToFileURL(failureFolder(config)).href,
    ...securityEnvironment(config.security, folder),
    ...(config.logLevel !== undefined && { POWERTOOLS_LOG_LEVEL: config.logLevel }),
    ...(config.metricsNamespace !== undefined && { METRICS_NAMESPACE: config.metricsNamespace }),
  }
}
