import type { KafkaEvent } from '../../../lambda/kafka-event.ts'
import type { EventSource } from '../../../lambda/packed-event.ts'
import type { DiscardedRecords } from '../batch/discarded-records.ts'

/** Facts that messages to on-failure destinations contain (page `kafka-on-failure-destination`). */
export type FailureContext = {
  readonly source: EventSource
  readonly functionArn: string
}

const executedVersion = '$LATEST'
const version = '1.0'
/** The latest time of `Date`. */
const latestMs = 8.64e15

/**
 * Returns the message for SQS and SNS, with offset ranges instead of records. With `hasPayload` (S3), it also has the
 * event as a string.
 */
export function failureRecord(
  discarded: DiscardedRecords,
  context: FailureContext,
  hasPayload: boolean,
): object {
  const { batch, indexes, condition } = discarded
  const event = batch.event(indexes)
  return {
    ...head(discarded, context, condition),
    KafkaBatchInfo: {
      ...batchInfo(indexes.length, context.source, event.length),
      recordsInfo: recordsInfo(discarded),
    },
    ...(hasPayload && { payload: event.toString() }),
  }
}

/** Returns one message per record for a Kafka topic. Each keeps its record's key to preserve the order. */
export function failureMessages(
  discarded: DiscardedRecords,
  context: FailureContext,
): { readonly key: Buffer | null; readonly value: Buffer }[] {
  const { batch, indexes, condition } = discarded
  const kafkaCondition = condition === 'RetryAttemptsExhausted' ? 'RetriesExhausted' : condition
  return indexes.map((index) => {
    const bytes = batch.event([index])
    const payload = JSON.parse(bytes.toString()) as KafkaEvent
    const record = Object.values(payload.records)[0]![0]!
    const message = {
      ...head(discarded, context, kafkaCondition),
      KafkaBatchInfo: {
        ...batchInfo(1, context.source, bytes.length),
        recordInfo: { offset: String(record.offset), timestamp: iso(record.timestamp) },
      },
      payload,
    }
    const key = typeof record.key === 'string' ? Buffer.from(record.key, 'base64') : null
    return { key, value: Buffer.from(JSON.stringify(message)) }
  })
}

function head({ outcome, attempts }: DiscardedRecords, context: FailureContext, condition: string): object {
  return {
    requestContext: {
      requestId: outcome?.requestId ?? '',
      functionArn: `${context.functionArn}:${executedVersion}`,
      condition,
      approximateInvokeCount: attempts,
    },
    responseContext: {
      statusCode: 200,
      executedVersion,
      functionError: outcome?.ok === false ? 'Unhandled' : '',
    },
    version,
    timestamp: new Date().toISOString(),
  }
}

function batchInfo(
  batchSize: number,
  { eventSourceArn, bootstrapServers }: EventSource,
  payloadSize: number,
): object {
  return { batchSize, eventSourceArn, bootstrapServers, payloadSize }
}

/** Returns offset ranges by "<topic>-<partition>". Offsets are strings, as in AWS's example. */
function recordsInfo({ batch, indexes }: DiscardedRecords): object {
  const info = batch.rangesOf(indexes).map(({ partition, first, last }) => {
    const range = {
      firstRecordOffset: String(batch.offsetOf(first)),
      lastRecordOffset: String(batch.offsetOf(last)),
      firstRecordTimestamp: iso(batch.timestampOf(first)),
      lastRecordTimestamp: iso(batch.timestampOf(last)),
    }
    return [`${batch.topic}-${partition}`, range]
  })
  return Object.fromEntries(info)
}

/** Returns 1970-01-01 for Kafka's timestamp -1 (none). */
function iso(timestampMs: number): string {
  return new Date(Math.min(latestMs, Math.max(0, timestampMs))).toISOString()
}
