import type { AwsCredentials } from '../../../kafka/access/msk-token.ts'
import { formatValue, isPlainObject, type PlainObject, type Problems } from './problems.ts'

/** `custom.kafkaEventSource`: optional settings of local runs, not deployed. */
export type CustomSettings = {
  /**
   * Brokers, each as `host:port`. The key is the ARN of an MSK cluster, the name in its Ref or Fn::ImportValue, a
   * bootstrap server, or `allClusters`.
   */
  readonly brokers: ReadonlyMap<string, readonly string[]>
  /** Values that only a deployment sets, by `Name`, `Name.Attribute`, export or condition. */
  readonly references: ReadonlyMap<string, unknown>
  /** Consumer groups by logical id, function or deployed group. */
  readonly consumerGroupIds: 'deployed' | ReadonlyMap<string, string>
  /** Secrets by ARN: `{username, password}`, `{certificate, privateKey, privateKeyPassword}` or `{certificate}`. */
  readonly secrets: ReadonlyMap<string, PlainObject>
  /** Reads secrets missing from `secrets` from Secrets Manager. */
  readonly secretsManager: boolean
  /** Registry URLs by the URI in serverless.yml, or by `allClusters`. */
  readonly schemaRegistries: ReadonlyMap<string, string>
  /** Uses SASL without TLS, which AWS does not support. */
  readonly plaintext: boolean
  /** Uses TLS, even without credentials or a private certificate authority. */
  readonly tls: boolean
  /** Connects to Amazon MSK with IAM at any address, for example through a tunnel. */
  readonly iam: IamSettings | undefined
  /** URL that replaces AWS's endpoints of SQS, SNS, S3, Glue and Secrets Manager. */
  readonly endpoint: string | undefined
  /** URL of a Lambda API. Its deployed functions are invoked instead of local ones. */
  readonly lambdaEndpoint: string | undefined
  readonly createTopics: { readonly partitions: number; readonly replicationFactor: number } | undefined
  readonly containers: 'random' | 'sticky'
  readonly freeze: boolean
  readonly idleSeconds: number
  /** Debugger port of the first container; 0: any free port. */
  readonly inspect: number | undefined
  /** Port of the mapping API; 0: any; undefined: no API. */
  readonly controlPort: number | undefined
  readonly maxBackoffSeconds: number
  readonly stopWithinSeconds: number
}

/** Without keys, this process's AWS credentials sign the tokens. */
export type IamSettings = { readonly region: string; readonly keys: AwsCredentials | undefined }

/** The key of settings for every cluster or registry. */
export const allClusters = '*'

export const customKey = 'kafkaEventSource'

/** AWS's rule (page `kafka-consumer-group-id`). */
export const groupIdPattern = /^[a-zA-Z0-9-/*:_+=.@-]{1,200}$/

const customDefaults: CustomSettings = {
  brokers: new Map(),
  references: new Map(),
  consumerGroupIds: new Map(),
  secrets: new Map(),
  secretsManager: false,
  schemaRegistries: new Map(),
  plaintext: false,
  tls: false,
  iam: undefined,
  endpoint: undefined,
  lambdaEndpoint: undefined,
  createTopics: undefined,
  containers: 'random',
  freeze: false,
  idleSeconds: 300,
  inspect: undefined,
  controlPort: undefined,
  maxBackoffSeconds: 10,
  stopWithinSeconds: 10,
}

type SettingReaders = {
  readonly [K in keyof CustomSettings]: (
    value: unknown,
    problem: ReportProblem,
  ) => CustomSettings[K] | undefined
}
type ReportProblem = (problem: string) => undefined

const readers: SettingReaders = {
  brokers: (value, problem) => {
    const map = new Map<string, readonly string[]>()
    for (const [cluster, given] of Object.entries(isPlainObject(value) ? value : { [allClusters]: value })) {
      const addresses = (Array.isArray(given) ? given : String(given).split(',')).map((one) =>
        String(one).trim(),
      )
      if (!addresses.every(isAddress)) {
        const which = cluster === allClusters ? '' : ` for ${cluster}`
        return problem(`must be host:port or a list of them${which}, not ${formatValue(given)}`)
      }
      map.set(cluster, addresses)
    }
    return map
  },
  references: (value, problem) => {
    if (!isPlainObject(value))
      return problem(`must be an object of values by name, not ${formatValue(value)}`)
    const odd = Object.keys(value).find((name) => isPlainObject(value[name]))
    return odd === undefined
      ? new Map(Object.entries(value))
      : problem(
          `must have values by name, such as { '${odd}.Arn': … }, not ${formatValue(value[odd])} for ${odd}`,
        )
  },
  consumerGroupIds: (value, problem) => {
    if (value === 'deployed') return value
    const entries = Object.entries(isPlainObject(value) ? value : {})
    const isValid = entries.every(([, id]) => typeof id === 'string' && groupIdPattern.test(id))
    return isPlainObject(value) && isValid
      ? new Map(entries as [string, string][])
      : problem(`must be "deployed" or group ids by function or logical id, not ${formatValue(value)}`)
  },
  secrets: (value, problem) => {
    if (!isPlainObject(value)) return problem(`must be secrets by ARN, not ${typeof value}`)
    const odd = Object.keys(value).find((arn) => !isPlainObject(value[arn]))
    return odd === undefined
      ? new Map(Object.entries(value) as [string, PlainObject][])
      : problem(`must give an object for ${odd}`)
  },
  secretsManager: boolean,
  schemaRegistries: (value, problem) => {
    const entries = Object.entries(isPlainObject(value) ? value : { [allClusters]: value })
    return entries.every(([, given]) => typeof given === 'string' && URL.canParse(given))
      ? new Map(entries as [string, string][])
      : problem(`must be a URL, or URLs by the URI of a registry, not ${formatValue(value)}`)
  },
  plaintext: boolean,
  tls: boolean,
  iam: (value, problem) => {
    const { region, accessKeyId, secretAccessKey, sessionToken, ...others } = isPlainObject(value)
      ? value
      : { not: value }
    const isText = (text: unknown) => typeof text === 'string' && text !== ''
    const isValid =
      isText(region) &&
      Object.keys(others).length === 0 &&
      isText(accessKeyId) === isText(secretAccessKey) &&
      (sessionToken === undefined || isText(sessionToken))
    if (!isValid) return problem('must be {region}, or {region, accessKeyId, secretAccessKey, sessionToken}')
    const keys = isText(accessKeyId) && { accessKeyId, secretAccessKey, sessionToken }
    return { region: region as string, keys: keys ? (keys as AwsCredentials) : undefined }
  },
  endpoint: url,
  lambdaEndpoint: url,
  createTopics: (value, problem) => {
    if (value === true) return { partitions: -1, replicationFactor: -1 }
    if (value === false) return undefined
    const {
      partitions = -1,
      replicationFactor = -1,
      ...others
    } = isPlainObject(value) ? value : { not: value }
    const counts = [partitions, replicationFactor]
    if (
      Object.keys(others).length > 0 ||
      !counts.every((count) => isInteger(count, 1, 100_000) || count === -1)
    ) {
      return problem(`must be true, false or {partitions, replicationFactor}, not ${formatValue(value)}`)
    }
    return { partitions: partitions as number, replicationFactor: replicationFactor as number }
  },
  containers: (value, problem) =>
    value === 'random' || value === 'sticky'
      ? value
      : problem(`must be random or sticky, not ${formatValue(value)}`),
  freeze: boolean,
  idleSeconds: (value, problem) => integer(value, 1, 86_400, problem),
  inspect: (value, problem) =>
    value === true ? 0 : value === false ? undefined : integer(value, 0, 65_535, problem),
  controlPort: (value, problem) => integer(value, 0, 65_535, problem),
  maxBackoffSeconds: (value, problem) => integer(value, 0, 900, problem),
  stopWithinSeconds: (value, problem) => integer(value, 0, 900, problem),
}

export function customSettings(custom: unknown, problems: Problems): CustomSettings {
  const given = custom ?? {}
  if (!isPlainObject(given)) {
    problems.add(`custom.${customKey}`, `must be an object, not ${formatValue(given)}`)
    return customDefaults
  }
  const settings: Record<string, unknown> = { ...customDefaults }
  for (const [key, value] of Object.entries(given)) {
    const where = `custom.${customKey}.${key}`
    if (!(key in readers)) {
      problems.add(where, `is not a setting. Use one of: ${Object.keys(readers).join(', ')}`)
      continue
    }
    if (value === null || value === undefined) continue
    const report: ReportProblem = (problem) => {
      problems.add(where, problem)
      return undefined
    }
    settings[key] =
      readers[key as keyof SettingReaders](value, report) ?? customDefaults[key as keyof CustomSettings]
  }
  return settings as CustomSettings
}

export function isAddress(address: unknown): address is string {
  return typeof address === 'string' && /^[^\s,]+:\d{1,5}$/.test(address)
}

function url(value: unknown, problem: ReportProblem): string | undefined {
  return typeof value === 'string' && URL.canParse(value)
    ? value
    : problem(`must be a URL, not ${formatValue(value)}`)
}

/** Accepts strings, because variables of serverless.yml are strings. */
function boolean(value: unknown, problem: ReportProblem): boolean | undefined {
  if (value === true || value === 'true') return true
  if (value === false || value === 'false') return false
  return problem(`must be true or false, not ${formatValue(value)}`)
}

function integer(value: unknown, min: number, max: number, problem: ReportProblem): number | undefined {
  const number = typeof value === 'string' && /^\d+$/.test(value) ? Number(value) : value
  return isInteger(number, min, max)
    ? number
    : problem(`must be an integer from ${min} to ${max}, not ${formatValue(value)}`)
}

function isInteger(value: unknown, min: number, max: number): value is number {
  return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
}
