import type { AwsCredentials } from '../../../kafka/access/msk-token.ts'
import {
  formatValue,
  fromText,
  isInteger,
  isPlainObject,
  type PlainObject,
  type Problems,
} from './problems.ts'

/** Without keys, this process's AWS credentials sign the tokens. */
export type IamSettings = { readonly region: string; readonly keys: AwsCredentials | undefined }

/** The key of settings for every cluster or registry. */
export const allClusters = '*'

export const customKey = 'kafkaEventSource'

type ReportProblem = (problem: string) => undefined
/** Reports a problem before it returns undefined. */
type Reader<T> = (value: unknown, problem: ReportProblem) => T | undefined
type CustomSetting<T> = { readonly byDefault: T; readonly read: Reader<T> }

const settings = {
  /**
   * Brokers, each as `host:port`. The key is the ARN of an MSK cluster, the name in its Ref or Fn::ImportValue, a
   * bootstrap server, or `allClusters`.
   */
  brokers: setting<ReadonlyMap<string, readonly string[]>>(new Map(), (value, problem) => {
    const map = new Map<string, readonly string[]>()
    for (const [cluster, given] of Object.entries(isPlainObject(value) ? value : { [allClusters]: value })) {
      const list = Array.isArray(given) ? given : String(given).split(',')
      const addresses = list.map((one) => String(one).trim())
      if (!addresses.every(isAddress)) {
        const which = cluster === allClusters ? '' : ` for ${cluster}`
        return problem(`must be host:port or a list of them${which}, not ${formatValue(given)}`)
      }
      map.set(cluster, addresses)
    }
    return map
  }),
  /** Values that only a deployment sets, by `Name`, `Name.Attribute`, export or condition. */
  references: setting<ReadonlyMap<string, unknown>>(new Map(), (value, problem) => {
    if (!isPlainObject(value))
      return problem(`must be an object of values by name, not ${formatValue(value)}`)
    const odd = Object.keys(value).find((name) => isPlainObject(value[name]))
    return odd === undefined
      ? new Map(Object.entries(value))
      : problem(
          `must have values by name, such as { '${odd}.Arn': … }, not ${formatValue(value[odd])} for ${odd}`,
        )
  }),
  /** Consumer groups by logical id, function or deployed group. */
  consumerGroupIds: setting<'deployed' | ReadonlyMap<string, string>>(new Map(), (value, problem) => {
    if (value === 'deployed') return value
    const rule = 'must be "deployed" or group ids by function or logical id'
    return mapOf(value, isGroupId) ?? problem(`${rule}, not ${formatValue(value)}`)
  }),
  /** Secrets by ARN: `{username, password}`, `{certificate, privateKey, privateKeyPassword}` or `{certificate}`. */
  secrets: setting<ReadonlyMap<string, PlainObject>>(new Map(), (value, problem) => {
    if (!isPlainObject(value)) return problem(`must be secrets by ARN, not ${typeof value}`)
    const odd = Object.keys(value).find((arn) => !isPlainObject(value[arn]))
    return odd === undefined
      ? new Map(Object.entries(value) as [string, PlainObject][])
      : problem(`must have an object for ${odd}`)
  }),
  secretsManager: setting(false, readBoolean),
  /** Registry URLs by the URI in serverless.yml, or by `allClusters`. */
  schemaRegistries: setting<ReadonlyMap<string, string>>(new Map(), (value, problem) => {
    const urls = mapOf(isPlainObject(value) ? value : { [allClusters]: value }, isUrl)
    return urls ?? problem(`must be a URL, or URLs by the URI of a registry, not ${formatValue(value)}`)
  }),
  plaintext: setting(false, readBoolean),
  tls: setting(false, readBoolean),
  iam: setting<IamSettings | undefined>(undefined, (value, problem) => {
    const { region, accessKeyId, secretAccessKey, sessionToken, ...others } = objectOf(value)
    const isText = (text: unknown) => typeof text === 'string' && text !== ''
    const isValid =
      isText(region) &&
      Object.keys(others).length === 0 &&
      isText(accessKeyId) === isText(secretAccessKey) &&
      (sessionToken === undefined || isText(sessionToken))
    if (!isValid) return problem('must be {region}, or {region, accessKeyId, secretAccessKey, sessionToken}')
    const keys = isText(accessKeyId) && { accessKeyId, secretAccessKey, sessionToken }
    return { region: region as string, keys: keys ? (keys as AwsCredentials) : undefined }
  }),
  endpoint: setting<string | undefined>(undefined, readUrl),
  lambdaEndpoint: setting<string | undefined>(undefined, readUrl),
  createTopics: setting<TopicCounts | undefined>(undefined, (value, problem) => {
    if (value === true) return { partitions: -1, replicationFactor: -1 }
    if (value === false) return undefined
    const { partitions = -1, replicationFactor = -1, ...others } = objectOf(value)
    const counts = { partitions: fromText(partitions), replicationFactor: fromText(replicationFactor) }
    const isCount = (count: unknown) => count === -1 || isInteger(count, 1, 100_000)
    if (Object.keys(others).length > 0 || !Object.values(counts).every(isCount)) {
      return problem(`must be true, false or {partitions, replicationFactor}, not ${formatValue(value)}`)
    }
    return counts as TopicCounts
  }),
  containers: setting<'random' | 'sticky'>('random', (value, problem) =>
    value === 'random' || value === 'sticky'
      ? value
      : problem(`must be random or sticky, not ${formatValue(value)}`),
  ),
  freeze: setting(false, readBoolean),
  idleSeconds: setting(300, integerReader(1, 86_400)),
  /** Debugger port of the first container; 0: any free port. */
  inspect: setting<number | undefined>(undefined, (value, problem) =>
    value === true ? 0 : value === false ? undefined : integerReader(0, 65_535)(value, problem),
  ),
  /** Port of the mapping API; 0: any; undefined: no API. */
  controlPort: setting<number | undefined>(undefined, integerReader(0, 65_535)),
  maxBackoffSeconds: setting(10, integerReader(0, 900)),
  stopWithinSeconds: setting(10, integerReader(0, 900)),
}

type TopicCounts = { readonly partitions: number; readonly replicationFactor: number }

/** `custom.kafkaEventSource`: optional settings of local runs, not deployed. */
export type CustomSettings = {
  readonly [Key in keyof typeof settings]: (typeof settings)[Key]['byDefault']
}

export function customSettings(custom: unknown, problems: Problems): CustomSettings {
  const given = custom ?? {}
  const isValid = isPlainObject(given)
  if (!isValid) problems.add(`custom.${customKey}`, `must be an object, not ${formatValue(given)}`)
  const read: Record<string, unknown> = {}
  for (const [key, { byDefault }] of Object.entries(settings)) read[key] = byDefault
  for (const [key, value] of Object.entries(isValid ? given : {})) {
    const where = `custom.${customKey}.${key}`
    if (!isSetting(key)) {
      problems.add(where, `is not a setting. Use one of: ${Object.keys(settings).join(', ')}`)
    } else if (value !== null && value !== undefined) {
      read[key] = settings[key].read(fromText(value), (problem) => problems.add(where, problem)) ?? read[key]
    }
  }
  return read as CustomSettings
}

function isSetting(key: string): key is keyof CustomSettings {
  return Object.hasOwn(settings, key)
}

function setting<T>(byDefault: T, read: Reader<T>): CustomSetting<T> {
  return { byDefault, read }
}

function objectOf(value: unknown): PlainObject {
  return isPlainObject(value) ? value : { not: value }
}

export function isAddress(address: unknown): address is string {
  return typeof address === 'string' && /^[^\s,/]+:\d{1,5}$/.test(address)
}

function mapOf<T>(value: unknown, isValid: (inner: unknown) => inner is T): Map<string, T> | undefined {
  if (!isPlainObject(value) || !Object.values(value).every(isValid)) return undefined
  return new Map(Object.entries(value) as [string, T][])
}

/** Applies AWS's rule (page `kafka-consumer-group-id`). */
export function isGroupId(id: unknown): id is string {
  return typeof id === 'string' && /^[a-zA-Z0-9-/*:_+=.@-]{1,200}$/.test(id)
}

function isUrl(value: unknown): value is string {
  return typeof value === 'string' && URL.canParse(value)
}

function readUrl(value: unknown, problem: ReportProblem): string | undefined {
  return isUrl(value) ? value : problem(`must be a URL, not ${formatValue(value)}`)
}

function readBoolean(value: unknown, problem: ReportProblem): boolean | undefined {
  return typeof value === 'boolean' ? value : problem(`must be true or false, not ${formatValue(value)}`)
}

function integerReader(min: number, max: number): Reader<number> {
  return (value, problem) =>
    isInteger(value, min, max)
      ? value
      : problem(`must be an integer from ${min} to ${max}, not ${formatValue(value)}`)
}
