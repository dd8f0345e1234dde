import type { OffsetPosition } from '../../../kafka/consumer/offsets.ts'
import type { RetryPolicy } from '../batch/batch-progress.ts'
import type { Destination } from '../destination/destination.ts'
import type { RecordFilter } from '../filter/record-filter.ts'
import type { DecoderSettings } from '../schema/record-decoder.ts'

/**
 * An event source mapping's settings, with AWS's defaults and ranges (pages `kafka-esm-parameters`,
 * `msk-esm-parameters`, `kafka-retry-configurations`, `kafka-scaling-modes`).
 */
export type MappingSettings = RetryPolicy & {
  readonly topic: string
  readonly source:
    | { readonly kind: 'kafka'; readonly bootstrapServers: readonly string[] }
    | {
        readonly kind: 'msk'
        /** Undefined if only a deployment sets the ARN. */
        readonly arn: string | undefined
        /** The cluster's keys in `custom.kafkaEventSource.brokers`. */
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

/** Page `services-consume-kafka-events`. `uri` is a URL, or the ARN of a Glue registry. */
export type SchemaSettings = DecoderSettings & {
  readonly uri: string
  readonly access: readonly AccessConfiguration[]
}

/** `uri` is a reference key when only a deployment sets the ARN. */
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
  /** AWS's limit on infinite retries with an on-failure destination. */
  retriesWithDestination: 10,
} as const
