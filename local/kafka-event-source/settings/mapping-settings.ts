import type { OffsetPosition } from '../../../kafka/consumer/offsets.ts'
import type { RetryPolicy } from '../batch/progress.ts'
import { defaultWindowMs } from '../batch/window.ts'
import type { Destination } from '../destination/destination.ts'
import type { RecordFilter } from '../filter/record-filter.ts'
import type { DecoderSettings } from '../schema/record-decoder.ts'
import type { Mapped } from './event-keys.ts'
import type { Problems } from './problems.ts'
import { PropertyReader } from './property-reader.ts'

/**
 * Settings that AWS derives from the CloudFormation properties of an event source mapping, with AWS's defaults and
 * ranges (pages `kafka-esm-parameters`, `msk-esm-parameters`, `kafka-retry-configurations`, `kafka-scaling-modes`).
 */
export type MappingSettings = RetryPolicy & {
  readonly topic: string
  readonly source:
    | { readonly kind: 'kafka'; readonly bootstrapServers: readonly string[] }
    | {
        readonly kind: 'msk'
        /** Undefined when only a deployment sets it. */
        readonly arn: string | undefined
        /** Keys that `custom.kafkaEventSource.brokers` can use for the cluster. */
        readonly names: readonly string[]
      }
  readonly consumerGroupId: string | undefined
  readonly startingPosition: OffsetPosition
  readonly enabled: boolean
  readonly batchSize: number
  readonly windowMs: number
  readonly patterns: readonly string[]
  readonly filter: RecordFilter | undefined
  readonly provisioned: { readonly minimumPollers: number; readonly maximumPollers: number } | undefined
  readonly reportBatchItemFailures: boolean
  readonly onFailure: Destination | undefined
  readonly access: readonly AccessConfiguration[]
  readonly schemas: SchemaSettings | undefined
}

/** Page `services-consume-kafka-events`. `uri` is the URL of a registry, or the ARN of a Glue registry. */
export type SchemaSettings = DecoderSettings & {
  readonly uri: string
  readonly access: readonly AccessConfiguration[]
}

/** `uri` is the key of a reference when only a deployment sets the ARN. */
export type AccessConfiguration = {
  readonly type: string
  readonly uri: string
  readonly isReference: boolean
}

export const mappingDefaults = {
  batchSize: 100,
  minimumPollers: 1,
  maximumPollers: 200,
  forever: -1,
  /** AWS's limit on infinite retries of a mapping with a destination. */
  retriesWithDestination: 10,
} as const

/** Properties that affect only a deployment. */
export const withoutEffect = ['KmsKeyArn', 'LoggingConfig', 'MetricsConfig', 'Tags'] as const

const known: ReadonlySet<string> = new Set([
  ...withoutEffect,
  'AmazonManagedKafkaEventSourceConfig',
  'BatchSize',
  'BisectBatchOnFunctionError',
  'DestinationConfig',
  'Enabled',
  'EventSourceArn',
  'FilterCriteria',
  'FunctionResponseTypes',
  'MaximumBatchingWindowInSeconds',
  'MaximumRecordAgeInSeconds',
  'MaximumRetryAttempts',
  'ProvisionedPollerConfig',
  'SelfManagedEventSource',
  'SelfManagedKafkaEventSourceConfig',
  'SourceAccessConfigurations',
  'StartingPosition',
  'StartingPositionTimestamp',
  'Topics',
])

/**
 * Reads the resolved properties of one mapping. `clusterKey` is the reference key of the expression for an MSK cluster's
 * ARN.
 */
export function mappingSettings(
  mapped: Mapped,
  clusterKey: string | undefined,
  where: string,
  nowMs: number,
  problems: Problems,
): MappingSettings {
  const { properties } = mapped
  const read = new PropertyReader(mapped, where, problems)
  read.refuseAllBut(known)
  read.refuseUnknownValuesExcept(mayBeUnknown)
  const provisioned = read.provisioned()
  const topic = read.topic()
  const onFailure = read.destination(topic, provisioned !== undefined)
  for (const name of provisionedOnly) {
    if (properties[name] !== undefined && provisioned === undefined) {
      read.problem(name, 'needs ProvisionedPollerConfig: AWS has it in provisioned mode only')
    }
  }
  const { forever, retriesWithDestination } = mappingDefaults
  const attempts = read.integer('MaximumRetryAttempts', forever, 0, 10_000, forever)
  return {
    topic,
    source: read.source(clusterKey),
    consumerGroupId: read.groupId(),
    startingPosition: read.startingPosition(nowMs),
    enabled: read.boolean('Enabled', true),
    batchSize: read.integer('BatchSize', mappingDefaults.batchSize, 1, 10_000),
    windowMs:
      properties.MaximumBatchingWindowInSeconds === undefined
        ? defaultWindowMs
        : 1_000 * read.integer('MaximumBatchingWindowInSeconds', 0, 0, 300),
    ...read.filters(),
    provisioned,
    maximumRetryAttempts:
      attempts === forever && properties.DestinationConfig !== undefined ? retriesWithDestination : attempts,
    maximumRecordAgeSeconds: read.integer('MaximumRecordAgeInSeconds', forever, 60, 604_800, forever),
    bisectBatchOnFunctionError: read.boolean('BisectBatchOnFunctionError', false),
    reportBatchItemFailures: read.responseTypes(),
    onFailure,
    access: read.access(properties.SourceAccessConfigurations),
    schemas: read.schemas(provisioned !== undefined),
  }
}

/** Properties that may be unknown: another setting replaces them, or they have no effect in a local run. */
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
