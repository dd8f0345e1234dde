import type { OffsetPosition } from '../../../kafka/consumer/offsets.ts'
import { type Destination, parseDestination } from '../destination/destination.ts'
import { PatternError } from '../filter/event-pattern.ts'
import { recordFilter } from '../filter/record-filter.ts'
import type { Attribute } from '../schema/record-decoder.ts'
import { isAddress, isGroupId } from './custom-settings.ts'
import type { MappingProperties } from './event-keys.ts'
import {
  type AccessConfiguration,
  type MappingSettings,
  mappingDefaults,
  type SchemaSettings,
} from './mapping-settings.ts'
import {
  formatValue,
  fromText,
  isInteger,
  isPlainObject,
  listOf,
  type PlainObject,
  type Problems,
} from './problems.ts'
import { isGlueArn } from './schema-registry.ts'
import { firstUnknown, needsReference, UnknownValue } from './unknown-value.ts'

/** AWS's quota, which AWS raises up to `maxFilters` on request (page `invocation-eventfiltering`). */
const filterQuota = 5
const maxFilters = 10
const kafkaConfigs = ['SelfManagedKafkaEventSourceConfig', 'AmazonManagedKafkaEventSourceConfig'] as const

/** Reads properties, and reports each invalid one with its place in serverless.yml. */
export class PropertyReader {
  #properties: PlainObject
  readonly #unresolved = new Set<string>()
  readonly #mapped: MappingProperties
  readonly #problems: Problems

  constructor(mapped: MappingProperties, problems: Problems) {
    this.#mapped = mapped
    const entries = Object.entries(mapped.properties)
    this.#properties = Object.fromEntries(entries.map(([name, value]) => [name, fromText(value)]))
    this.#problems = problems
  }

  problem(name: string, problem: string): void {
    if (!this.#unresolved.has(name)) this.#problems.add(this.#place(name), problem)
  }

  rejectUnknown(known: ReadonlySet<string>): void {
    for (const name of Object.keys(this.#properties)) {
      if (!known.has(name)) this.problem(name, 'is not a setting of a Kafka event source mapping')
    }
  }

  /** Reports and removes unresolved properties, so that each is reported once. */
  rejectUnresolved(allowed: ReadonlySet<string>): void {
    const entries = Object.entries(this.#properties).filter(([name, value]) => {
      const unknown = allowed.has(name) ? undefined : firstUnknown(value)
      if (unknown === undefined) return true
      this.problem(name, needsReference(unknown))
      this.#unresolved.add(name)
      return false
    })
    this.#properties = Object.fromEntries(entries)
  }

  /** `exception` may be outside the range. */
  integer(name: string, fallback: number, min: number, max: number, exception?: number): number {
    const value = this.#properties[name]
    if (value === undefined) return fallback
    if (isInteger(value, min, max) || value === exception) return value as number
    const otherwise = exception === undefined ? '' : `, or ${exception}`
    this.#mismatch(name, `must be an integer from ${min} to ${max}${otherwise}`, value)
    return fallback
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#properties[name]
    if (value === undefined) return fallback
    if (typeof value === 'boolean') return value
    this.#mismatch(name, 'must be true or false', value)
    return fallback
  }

  topic(): string {
    const topics = this.#properties.Topics
    if (Array.isArray(topics) && topics.length === 1 && /^[\w.-]{1,249}$/.test(String(topics[0]))) {
      return String(topics[0])
    }
    if (topics !== undefined) this.#mismatch('Topics', 'must be the name of one topic', topics)
    return ''
  }

  source(clusterKey: string | undefined): MappingSettings['source'] {
    const { EventSourceArn: given, SelfManagedEventSource: selfManaged } = this.#properties
    if (given !== undefined) {
      const arn = typeof given === 'string' ? given : undefined
      const names = [arn, clusterKey, firstUnknown(given)?.key, arn?.split('/')[1]]
      return { kind: 'msk', arn, names: names.filter((name) => name !== undefined) }
    }
    const endpoints = isPlainObject(selfManaged) ? selfManaged.Endpoints : undefined
    const servers = isPlainObject(endpoints) ? endpoints.KafkaBootstrapServers : endpoints
    const addresses = Array.isArray(servers) ? servers : servers instanceof UnknownValue ? [servers] : []
    if (selfManaged !== undefined && addresses.length === 0) {
      const rule = 'must have a list of host:port as Endpoints.KafkaBootstrapServers'
      this.#mismatch('SelfManagedEventSource', rule, selfManaged)
    }
    for (const address of addresses) {
      if (address instanceof UnknownValue || isAddress(address)) continue
      this.#mismatch('SelfManagedEventSource', 'must be a list of host:port', address)
    }
    return { kind: 'kafka', bootstrapServers: addresses.map(nameOf) }
  }

  groupId(): string | undefined {
    for (const [name, config] of this.#kafkaConfigs()) {
      const { ConsumptionMode: mode, ConsumerGroupId: id, SchemaRegistryConfig: _, ...others } = config
      for (const other of Object.keys(others)) this.problem(name, `has no setting ${other}`)
      if (mode !== undefined && mode !== 'Stream') {
        this.problem(name, 'has ConsumptionMode Queue, which is not emulated')
      }
      if (id === undefined) continue
      if (isGroupId(String(id))) return String(id)
      this.#mismatch(name, 'must be 1 to 200 of a-z A-Z 0-9 - / * : _ + = . @', id)
    }
    return undefined
  }

  startingPosition(nowMs: number): OffsetPosition {
    const { StartingPosition: type, StartingPositionTimestamp: seconds } = this.#properties
    if (type === 'TRIM_HORIZON' || type === 'LATEST') {
      if (seconds !== undefined) this.problem('StartingPositionTimestamp', 'applies to AT_TIMESTAMP only')
      return { type }
    }
    if (type !== 'AT_TIMESTAMP') {
      this.#mismatch('StartingPosition', 'must be TRIM_HORIZON, LATEST or AT_TIMESTAMP', type)
    } else if (typeof seconds === 'number' && seconds >= 0 && seconds * 1_000 <= nowMs) {
      return { type, timestampMs: Math.floor(seconds * 1_000) }
    } else {
      this.#mismatch('StartingPositionTimestamp', 'must be a past time in Unix seconds', seconds)
    }
    return { type: 'TRIM_HORIZON' }
  }

  provisioned(): MappingSettings['provisioned'] {
    const name = 'ProvisionedPollerConfig'
    const config = this.#properties[name]
    if (config === undefined) return undefined
    if (!isPlainObject(config)) {
      this.#mismatch(name, 'must be an object', config)
      return undefined
    }
    // In AWS, an empty object disables provisioned mode.
    if (Object.keys(config).length === 0) return undefined
    const { minimumPollers, maximumPollers } = mappingDefaults
    const { MinimumPollers = minimumPollers, MaximumPollers = maximumPollers, ...others } = config
    const [minimum, maximum] = [fromText(MinimumPollers), fromText(MaximumPollers)]
    for (const other of Object.keys(others)) {
      if (other !== 'PollerGroupName') this.problem(name, `has no setting ${other}`)
    }
    if (!isInteger(minimum, 1, 200)) this.#mismatch(name, 'must have MinimumPollers from 1 to 200', minimum)
    else if (!isInteger(maximum, minimum, 2_000)) {
      this.#mismatch(name, `must have MaximumPollers from ${minimum} to 2000`, maximum)
    } else return { minimumPollers: minimum, maximumPollers: maximum }
    return undefined
  }

  filters(): Pick<MappingSettings, 'patterns' | 'filter'> {
    const criteria = this.#properties.FilterCriteria
    if (criteria === undefined) return { patterns: [], filter: undefined }
    // In AWS, an empty object or list removes the filters.
    const { Filters: filters = [], ...others } = isPlainObject(criteria) ? criteria : { not: criteria }
    if (!Array.isArray(filters) || Object.keys(others).length > 0) {
      this.#mismatch('FilterCriteria', 'must be an object with a list of Filters', criteria)
      return { patterns: [], filter: undefined }
    }
    const patterns = filters.map((filter) => (isPlainObject(filter) ? filter.Pattern : undefined))
    if (patterns.length > maxFilters) {
      this.problem('FilterCriteria', `must be at most ${maxFilters} patterns, not ${patterns.length}`)
    } else if (patterns.length > filterQuota) {
      const warning = `has ${patterns.length} patterns. More than ${filterQuota} require a higher quota in AWS.`
      this.#problems.warn(this.#place('FilterCriteria'), warning)
    }
    try {
      const parsed = patterns.map((pattern) =>
        typeof pattern === 'string' ? JSON.parse(pattern) : undefined,
      )
      const odd = parsed.findIndex((pattern) => !isPlainObject(pattern))
      if (odd >= 0) {
        throw new PatternError('', `must be a string with a JSON object, not ${formatValue(patterns[odd])}`)
      }
      return { patterns: patterns.map(String), filter: recordFilter(parsed) }
    } catch (error) {
      this.problem('FilterCriteria', `cannot be used: ${(error as Error).message}`)
      return { patterns: [], filter: undefined }
    }
  }

  responseTypes(): boolean {
    const types = this.#properties.FunctionResponseTypes
    if (types === undefined) return false
    if (Array.isArray(types) && types.every((type) => type === 'ReportBatchItemFailures'))
      return types.length > 0
    this.#mismatch('FunctionResponseTypes', 'must be [ReportBatchItemFailures]', types)
    return false
  }

  destination(topic: string, isProvisioned: boolean): Destination | undefined {
    const config = this.#properties.DestinationConfig
    if (config === undefined) return undefined
    const onFailure = isPlainObject(config) ? (config.OnFailure ?? {}) : config
    const target = isPlainObject(onFailure) ? onFailure.Destination : undefined
    // In AWS, an empty object or string removes the destination (page `API_OnFailure`).
    if (target === '' || (isPlainObject(onFailure) && Object.keys(onFailure).length === 0)) return undefined
    const unknown = firstUnknown(config)
    if (unknown !== undefined) {
      const untilThen = 'Until then, records that fail are logged and dropped.'
      this.#problems.warn(this.#place('DestinationConfig'), `${needsReference(unknown)} ${untilThen}`)
      return undefined
    }
    const destination = parseDestination(target)
    if (destination === undefined) {
      const kinds = 'the ARN of an SQS queue, an SNS topic or an S3 bucket, or kafka://topic'
      this.#mismatch('DestinationConfig', `must be ${kinds}`, target)
    } else if (destination.kind === 'kafka' && !isProvisioned) {
      this.problem('DestinationConfig', 'may be a Kafka topic only with ProvisionedPollerConfig')
    } else if (destination.kind === 'kafka' && destination.topic === topic) {
      this.problem('DestinationConfig', 'must not be the source topic')
    }
    return destination
  }

  access(name: string, configurations: unknown = []): AccessConfiguration[] {
    return listOf(configurations).flatMap((one) => {
      if (isPlainObject(one)) {
        const { Type: type, URI: uri } = one
        return [{ type: String(type), uri: nameOf(uri), isReference: uri instanceof UnknownValue }]
      }
      if (one instanceof UnknownValue) {
        this.#problems.warn(this.#place(name), `${needsReference(one)} Until then, it is not used.`)
      } else this.#mismatch(name, 'must be a list of {Type, URI}', one)
      return []
    })
  }

  schemas(isProvisioned: boolean): SchemaSettings | undefined {
    for (const [name, { SchemaRegistryConfig: config }] of this.#kafkaConfigs()) {
      if (config !== undefined) return this.#schemaSettings(name, config, isProvisioned)
    }
    return undefined
  }

  #schemaSettings(name: string, config: unknown, isProvisioned: boolean): SchemaSettings {
    const problem = (text: string) => this.problem(name, `has a SchemaRegistryConfig that ${text}`)
    const mismatch = (rule: string, given: unknown) => problem(`must have ${rule}, not ${formatValue(given)}`)
    if (!isProvisioned) problem('requires ProvisionedPollerConfig: AWS supports it in provisioned mode only')
    const {
      SchemaRegistryURI: uri,
      EventRecordFormat: format,
      SchemaValidationConfigs: validated = [],
      AccessConfigs: access,
      ...others
    } = isPlainObject(config) ? config : {}
    for (const other of Object.keys(others)) problem(`has no setting ${other}`)
    if (typeof uri !== 'string' || (!isGlueArn(uri) && !/^https?:\/\/[^/]/.test(uri))) {
      mismatch('the URL of a registry, or the ARN of a Glue registry, as SchemaRegistryURI', uri)
    }
    if (format !== 'JSON' && format !== 'SOURCE') mismatch('JSON or SOURCE as EventRecordFormat', format)
    const attributes = listOf(validated).map((one) => (isPlainObject(one) ? one.Attribute : one))
    const isAttribute = (one: unknown): one is Attribute => one === 'KEY' || one === 'VALUE'
    if (!attributes.every(isAttribute)) {
      mismatch('SchemaValidationConfigs with the attributes KEY or VALUE', validated)
    }
    return {
      uri: String(uri),
      format: format === 'SOURCE' ? 'SOURCE' : 'JSON',
      attributes: attributes.filter(isAttribute),
      access: this.access(name, access),
    }
  }

  #kafkaConfigs(): [name: string, config: PlainObject][] {
    return kafkaConfigs.flatMap((name) => {
      const config = this.#properties[name]
      return isPlainObject(config) ? [[name, config]] : []
    })
  }

  #place(name: string): string {
    const { origins, where } = this.#mapped
    return origins.get(name) ?? `${where} ${name}`
  }

  #mismatch(name: string, rule: string, value: unknown): void {
    this.problem(name, `${rule}, not ${formatValue(value)}`)
  }
}

function nameOf(value: unknown): string {
  if (value instanceof UnknownValue) return value.key
  return typeof value === 'string' ? value : formatValue(value)
}
