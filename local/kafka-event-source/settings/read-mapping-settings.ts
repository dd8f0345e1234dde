import { defaultWindowMs } from '../batch/window.ts'
import type { MappingProperties } from './event-keys.ts'
import { type MappingSettings, mappingDefaults } from './mapping-settings.ts'
import { isPlainObject, type PlainObject, type Problems } from './problems.ts'
import { PropertyReader } from './property-reader.ts'
import { firstUnknown } from './unknown-value.ts'

/** These properties affect only a deployment. */
const withoutEffect = ['KmsKeyArn', 'LoggingConfig', 'MetricsConfig', 'Tags'] as const

export function warnWithoutEffect(mappings: readonly PlainObject[], problems: Problems): void {
  const given = new Set(mappings.flatMap((properties) => Object.keys(properties)))
  const hasPollerGroup = mappings.some(
    ({ ProvisionedPollerConfig: config }) => isPlainObject(config) && config.PollerGroupName !== undefined,
  )
  const unused = [
    ...withoutEffect.filter((name) => given.has(name)),
    ...(hasPollerGroup ? ['ProvisionedPollerConfig.PollerGroupName'] : []),
  ]
  if (unused.length > 0) problems.warn('Without effect on this machine:', `${unused.join(', ')}.`)
}

/** These properties have no effect locally, or other settings replace them. */
const mayBeUnknown: ReadonlySet<string> = new Set([
  ...withoutEffect,
  'DestinationConfig',
  'EventSourceArn',
  'SelfManagedEventSource',
  'SourceAccessConfigurations',
])

const provisionedOnly = [
  'BisectBatchOnFunctionError',
  'FunctionResponseTypes',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
] as const

const known: ReadonlySet<string> = new Set([
  ...mayBeUnknown,
  ...provisionedOnly,
  'AmazonManagedKafkaEventSourceConfig',
  'BatchSize',
  'Enabled',
  'FilterCriteria',
  'MaximumBatchingWindowInSeconds',
  'ProvisionedPollerConfig',
  'SelfManagedKafkaEventSourceConfig',
  'StartingPosition',
  'StartingPositionTimestamp',
  'Topics',
])

/** `clusterKey` is the reference key of an MSK cluster's ARN. */
export function readMappingSettings(
  mapped: MappingProperties,
  clusterKey: string | undefined,
  nowMs: number,
  problems: Problems,
): MappingSettings {
  const { properties } = mapped
  const read = new PropertyReader(mapped, problems)
  read.rejectUnknown(known)
  read.rejectUnresolved(mayBeUnknown)
  const provisioned = read.provisioned()
  const topic = read.topic()
  const onFailure = read.destination(topic, provisioned !== undefined)
  for (const name of provisionedOnly) {
    if (properties[name] !== undefined && provisioned === undefined) {
      read.problem(name, 'requires ProvisionedPollerConfig: AWS supports it in provisioned mode only')
    }
  }
  const { forever, retriesWithDestination } = mappingDefaults
  const hasDestination = onFailure !== undefined || firstUnknown(properties.DestinationConfig) !== undefined
  const attempts = read.integer('MaximumRetryAttempts', forever, 0, 10_000, forever)
  return {
    topic,
    source: read.source(clusterKey),
    consumerGroupId: read.groupId(),
    startingPosition: read.startingPosition(nowMs),
    enabled: read.boolean('Enabled', true),
    batchSize: read.integer('BatchSize', mappingDefaults.batchSize, 1, 10_000),
    windowMs: 1_000 * read.integer('MaximumBatchingWindowInSeconds', defaultWindowMs / 1_000, 0, 300),
    ...read.filters(),
    provisioned,
    maximumRetryAttempts: attempts === forever && hasDestination ? retriesWithDestination : attempts,
    maximumRecordAgeSeconds: read.integer('MaximumRecordAgeInSeconds', forever, 60, 604_800, forever),
    bisectBatchOnFunctionError: read.boolean('BisectBatchOnFunctionError', false),
    reportBatchItemFailures: read.responseTypes(),
    onFailure,
    access: read.access('SourceAccessConfigurations', properties.SourceAccessConfigurations),
    schemas: read.schemas(provisioned !== undefined),
  }
}
