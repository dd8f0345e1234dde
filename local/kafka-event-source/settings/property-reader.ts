import type { OffsetPosition } from '../../../kafka/consumer/offsets.ts'
import { type Destination, parseDestination } from '../destination/destination.ts'
import { PatternError } from '../filter/event-pattern.ts'
import { recordFilter } from '../filter/record-filter.ts'
import type { Attribute } from '../schema/record-decoder.ts'
import { groupIdPattern, isAddress } from './custom-settings.ts'
import type { MappingProperties } from './event-keys.ts'
import {
  type AccessConfiguration,
  type MappingSettings,
  mappingDefaults,
  type SchemaSettings,
} from './mapping-settings.ts'
import { formatValue, isPlainObject, type PlainObject, type Problems } from './problems.ts'
import { isGlueArn } from './schema-registry.ts'
import { firstUnknown, needsReference, UnknownValue } from './unknown-value.ts'

const maxFilters = 5
const kafkaConfigs = ['SelfManagedKafkaEventSourceConfig', 'AmazonManagedKafkaEventSourceConfig'] as const

/** Reads properties, and reports each invalid one with its place in serverless.yml. */
export class PropertyReader {
  #properties: PlainObject
  readonly #mapped: MappingProperties
  readonly #where: string
  readonly #problems: Problems

  constructor(mapped: MappingProperties, where: string, problems: Problems) {
    this.#mapped = mapped
    this.#properties = mapped.properties
    this.#where = where
    this.#problems = problems
  }

  problem(name: string, problem: string): void {
    this.#problems.add(this.#mapped.origins.get(name) ?? `${this.#where} ${name}`, problem)
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
      if (unknown !== undefined) this.problem(name, needsReference(unknown))
      return unknown === undefined
    })
    this.#properties = Object.fromEntries(entries)
  }

  /** `exception` may be outside the range. */
  integer(name: string, fallback: number, min: number, max: number, exception?: number): number {
    const value = this.#properties[name]
    if (value === undefined) return fallback
    if (this.#isInteger(value, min, max) || value === exception) return value as number
    const otherwise = exception === undefined ? '' : `, or ${exception}`
    this.problem(name, `must be an integer from ${min} to ${max}${otherwise}, not ${formatValue(value)}`)
    return fallback
  }

  boolean(name: string, fallback: boolean): boolean {
    const value = this.#properties[name]
    if (value === undefined) return fallback
    if (typeof value === 'boolean') return value
    this.problem(name, `must be true or false, not ${formatValue(value)}`)
    return fallback
  }

  topic(): string {
    const topics = this.#properties.Topics
    if (Array.isArray(topics) && topics.length === 1 && /^[\w.-]{1,249}$/.test(String(topics[0]))) {
      return String(topics[0])
    }
    if (topics !== undefined)
      this.problem('Topics', `must be the name of one topic, not ${formatValue(topics)}`)
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
    for (const address of addresses) {
      if (address instanceof UnknownValue) continue
      if (!isAddress(address)) {
        this.problem('SelfManagedEventSource', `must be a list of host:port, not ${formatValue(address)}`)
      }
    }
    return { kind: 'kafka', bootstrapServers: addresses.map(nameOf) }
  }

  groupId(): string | undefined {
    for (const name of kafkaConfigs) {
      const config = this.#properties[name]
      if (config === undefined) continue
      this.#rejectQueueMode(name, config)
      const id = isPlainObject(config) ? config.ConsumerGroupId : undefined
      if (id === undefined) continue
      if (typeof id === 'string' && groupIdPattern.test(id)) return id
      this.problem(name, `must be 1 to 200 of a-z A-Z 0-9 - / * : _ + = . @, not ${formatValue(id)}`)
    }
    return undefined
  }

  startingPosition(nowMs: number): OffsetPosition {
    const { StartingPosition: type, StartingPositionTimestamp: seconds } = this.#properties
    switch (type) {
      case 'TRIM_HORIZON':
      case 'LATEST':
        if (seconds !== undefined) this.problem('StartingPositionTimestamp', 'applies to AT_TIMESTAMP only')
        return { type }
      case 'AT_TIMESTAMP':
        if (typeof seconds === 'number' && seconds >= 0 && seconds * 1_000 <= nowMs) {
          return { type, timestampMs: Math.floor(seconds * 1_000) }
        }
        this.problem(
          'StartingPositionTimestamp',
          `must be a past time in Unix seconds, not ${formatValue(seconds)}`,
        )
        return { type: 'TRIM_HORIZON' }
      default:
        this.problem(
          'StartingPosition',
          `must be TRIM_HORIZON, LATEST or AT_TIMESTAMP, not ${formatValue(type)}`,
        )
        return { type: 'TRIM_HORIZON' }
    }
  }

  provisioned(): MappingSettings['provisioned'] {
    const config = this.#properties.ProvisionedPollerConfig
    if (config === undefined) return undefined
    if (!isPlainObject(config)) {
      this.problem('ProvisionedPollerConfig', `must be an object, not ${formatValue(config)}`)
      return undefined
    }
    // In AWS, an empty object disables provisioned mode.
    if (Object.keys(config).length === 0) return undefined
    const { minimumPollers: fewest, maximumPollers: most } = mappingDefaults
    const { MinimumPollers: minimum = fewest, MaximumPollers: maximum = most, ...others } = config
    for (const name of Object.keys(others)) {
      if (name !== 'PollerGroupName') this.problem('ProvisionedPollerConfig', `has no setting ${name}`)
    }
    if (!this.#isInteger(minimum, 1, 200)) {
      this.problem(
        'ProvisionedPollerConfig',
        `must have 1 to 200 minimum pollers, not ${formatValue(minimum)}`,
      )
    } else if (!this.#isInteger(maximum, minimum, 2_000)) {
      this.problem(
        'ProvisionedPollerConfig',
        `must have ${minimum} to 2000 maximum pollers, not ${formatValue(maximum)}`,
      )
    } else {
      return { minimumPollers: minimum, maximumPollers: maximum }
    }
    return undefined
  }

  filters(): Pick<MappingSettings, 'patterns' | 'filter'> {
    const criteria = this.#properties.FilterCriteria
    if (criteria === undefined) return { patterns: [], filter: undefined }
    const filters = isPlainObject(criteria) && Array.isArray(criteria.Filters) ? criteria.Filters : []
    const patterns = filters.map((filter) => (isPlainObject(filter) ? filter.Pattern : undefined))
    if (patterns.length === 0 || patterns.length > maxFilters) {
      this.problem('FilterCriteria', `must be 1 to ${maxFilters} patterns, not ${patterns.length}`)
    }
    try {
      const parsed = patterns.map((pattern) => JSON.parse(String(pattern)))
      const odd = parsed.find((pattern) => !isPlainObject(pattern))
      if (odd !== undefined) throw new PatternError('', `must be an object, not ${formatValue(odd)}`)
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
    this.problem('FunctionResponseTypes', `must be [ReportBatchItemFailures], not ${formatValue(types)}`)
    return false
  }

  destination(topic: string, isProvisioned: boolean): Destination | undefined {
    const config = this.#properties.DestinationConfig
    if (config === undefined) return undefined
    const onFailure = isPlainObject(config) ? config.OnFailure : undefined
    const target = isPlainObject(onFailure) ? onFailure.Destination : undefined
    const unknown = firstUnknown(config)
    if (unknown !== undefined) {
      this.#problems.warn(
        this.#mapped.origins.get('DestinationConfig') ?? this.#where,
        `${needsReference(unknown)} Until then, records that fail are logged and dropped.`,
      )
      return undefined
    }
    const destination = parseDestination(target)
    if (destination === undefined) {
      const kinds = 'the ARN of an SQS queue, an SNS topic or an S3 bucket, or kafka://topic'
      this.problem('DestinationConfig', `must be ${kinds}, not ${formatValue(target)}`)
    } else if (destination.kind === 'kafka' && !isProvisioned) {
      this.problem('DestinationConfig', 'may be a Kafka topic only with ProvisionedPollerConfig')
    } else if (destination.kind === 'kafka' && destination.topic === topic) {
      this.problem('DestinationConfig', 'must not be the source topic')
    }
    return destination
  }

  access(configurations: unknown): AccessConfiguration[] {
    if (!Array.isArray(configurations)) return []
    return configurations.map((one: unknown) => {
      const { Type: type, URI: uri } = isPlainObject(one) ? one : {}
      return { type: String(type), uri: nameOf(uri), isReference: uri instanceof UnknownValue }
    })
  }

  schemas(isProvisioned: boolean): SchemaSettings | undefined {
    for (const name of kafkaConfigs) {
      const config = this.#properties[name]
      const given = isPlainObject(config) ? config.SchemaRegistryConfig : undefined
      if (given === undefined) continue
      const problem = (text: string) => this.problem(name, `has a SchemaRegistryConfig that ${text}`)
      if (!isProvisioned)
        problem('requires ProvisionedPollerConfig: AWS supports it in provisioned mode only')
      const {
        SchemaRegistryURI: uri,
        EventRecordFormat: format,
        SchemaValidationConfigs: validated = [],
        AccessConfigs: access,
        ...others
      } = isPlainObject(given) ? given : {}
      for (const other of Object.keys(others)) problem(`has no setting ${other}`)
      if (typeof uri !== 'string' || (!isGlueArn(uri) && !/^https?:\/\/[^/]/.test(uri))) {
        problem(
          `must have the URL of a registry, or the ARN of a Glue registry, as SchemaRegistryURI, not ${formatValue(uri)}`,
        )
      }
      if (format !== 'JSON' && format !== 'SOURCE') {
        problem(`must have JSON or SOURCE as EventRecordFormat, not ${formatValue(format)}`)
      }
      const attributes = (Array.isArray(validated) ? validated : [validated]).map((one) =>
        isPlainObject(one) ? one.Attribute : one,
      )
      const isAttribute = (one: unknown): one is Attribute => one === 'KEY' || one === 'VALUE'
      if (!attributes.every(isAttribute)) {
        problem(
          `must have SchemaValidationConfigs with the attributes KEY or VALUE, not ${formatValue(validated)}`,
        )
      }
      return {
        uri: String(uri),
        format: format === 'SOURCE' ? 'SOURCE' : 'JSON',
        attributes: attributes.filter(isAttribute),
        access: this.access(access),
      }
    }
    return undefined
  }

  #rejectQueueMode(name: string, config: unknown): void {
    if (!isPlainObject(config)) return
    if (config.ConsumptionMode !== undefined && config.ConsumptionMode !== 'Stream') {
      this.problem(name, 'has ConsumptionMode Queue, which is not emulated')
    }
  }

  #isInteger(value: unknown, min: number, max: number): value is number {
    return Number.isInteger(value) && (value as number) >= min && (value as number) <= max
  }
}

function nameOf(value: unknown): string {
  if (value instanceof UnknownValue) return value.key
  return typeof value === 'string' ? value : formatValue(value)
}
