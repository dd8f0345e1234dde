import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { checkReplicas, configFrom, defaults } from '../../books/config.ts'
import { securityEnvironment } from '../../books/security.ts'
import { type Env, Settings } from '../../lib/settings.ts'
import { type Interfaces, networkAddress } from './network-address.ts'
import { localCredentials, localRegion } from './s3-credentials.ts'

export type LocalConfig = ReturnType<typeof readLocalConfig>

/**
 * Reads the settings of the local cloud. The S3 server's port is one above the event proxy's.
 * @throws CONFIG_INVALID with every problem
 */
export function readLocalConfig(env: Env, folder: string = process.cwd(), interfaces?: Interfaces) {
  const settings = new Settings(withReplicas(env))
  const shared = configFrom(settings)
  checkReplicas(settings, shared)
  const brokers = Number(settings.oneOf('LOCAL_BROKERS', ['1', '3'], '1'))
  const ports = {
    KAFKA_PORT: settings.integer('KAFKA_PORT', defaults.kafkaPort, { min: 1, max: 65_536 - brokers }),
    S3_PORT: settings.integer('S3_PORT', 9000, { min: 1, max: 65_534 }),
    HTTP_PORT: settings.port('HTTP_PORT', 3000),
    LAMBDA_PORT: settings.port('LAMBDA_PORT', 3002),
  }
  const startsKafka = settings.text('BROKERS') === undefined
  const startsS3 = settings.text('S3_ENDPOINT') === undefined
  const ofOwnServer = (name: string) => (startsS3 ? undefined : settings.text(name))
  const sessionToken = ofOwnServer('AWS_SESSION_TOKEN')
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
    /** Ports of one broker, or of three that replicate. */
    kafkaPorts,
    /** Port of the event proxy. */
    s3Port: ports.S3_PORT,
    httpPort: ports.HTTP_PORT,
    /** Second address of page and bucket, besides the loopback address. */
    networkAddress: networkAddress(settings.text('HOST'), interfaces),
    lambdaPort: ports.LAMBDA_PORT,
    dataDir: resolve(folder, settings.text('DATA_DIR') ?? '.local'),
    /** False when BROKERS names a cluster. */
    startsKafka,
    /** False when S3_ENDPOINT names a server. */
    startsS3,
    /** URL of the event proxy. */
    s3Endpoint: `http://127.0.0.1:${ports.S3_PORT}`,
    s3ServerEndpoint: startsS3
      ? `http://127.0.0.1:${ports.S3_PORT + 1}`
      : (settings.url('S3_ENDPOINT', ['http:', 'https:'])?.origin ?? ''),
    s3Credentials: {
      accessKeyId: ofOwnServer('AWS_ACCESS_KEY_ID') ?? localCredentials.accessKeyId,
      secretAccessKey: ofOwnServer('AWS_SECRET_ACCESS_KEY') ?? localCredentials.secretAccessKey,
      /** Set only for temporary AWS credentials. */
      ...(sessionToken !== undefined && { sessionToken }),
    },
    region: ofOwnServer('AWS_REGION') ?? localRegion,
    logLevel: settings.text('POWERTOOLS_LOG_LEVEL'),
    /** Delays before the first and second retry of an upload's event. AWS waits 1 and 2 minutes. */
    s3RetryDelaysMs: delays(settings, 'S3_RETRY_DELAYS_MS', [1_000, 5_000]),
  }
  settings.settle()
  return config
}

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

export function failureFolder({ dataDir }: Pick<LocalConfig, 'dataDir'>): string {
  return join(dataDir, 'on-failure', 'ingest')
}

/**
 * Returns the environment of local functions. Requests to the Lambda API use the bucket's port.
 * @param folder base of relative file paths in settings
 */
export function functionEnvironment(config: LocalConfig, folder?: string): Readonly<Record<string, string>> {
  const { networkAddress: address, s3Port, s3Endpoint, s3Credentials, logLevel, metricsNamespace } = config
  const { accessKeyId, secretAccessKey, sessionToken } = s3Credentials
  return {
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
    ...(sessionToken !== undefined && { AWS_SESSION_TOKEN: sessionToken }),
    AWS_REGION: config.region,
    AWS_ENDPOINT_URL_S3: s3Endpoint,
    AWS_ENDPOINT_URL_LAMBDA: s3Endpoint,
    UPLOAD_ENDPOINT: address === undefined ? s3Endpoint : `http://${address}:${s3Port}`,
    FAILURES: pathToFileURL(failureFolder(config)).href,
    ...securityEnvironment(config.security, folder),
    ...(logLevel !== undefined && { POWERTOOLS_LOG_LEVEL: logLevel }),
    ...(metricsNamespace !== undefined && { METRICS_NAMESPACE: metricsNamespace }),
  }
}
