import type { OffsetPosition } from '../../../kafka/consumer/offsets.ts'
import type { RetryPolicy } from '../batch/batch-progress.ts'
import type { Destination } from '../destination/destination.ts'
import type { RecordFilter } from '../filter/record-filter.ts'
import type { DecoderSettings } from '../schema/record-decoder.ts'

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
        /** Undefined before a deployment. */
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
  /** AWS's limit on infinite retries. */
  retriesWithDestination: 10,
} as const
