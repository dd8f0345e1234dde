/**
 * Sources: developer guides of Lambda, page `monitoring-metrics-types`; SQS, `sqs-available-cloudwatch-metrics`; API
 * Gateway, `http-api-metrics`.
 */
import { dimension, type MetricName } from '../lib/metrics.ts'
import { getAtt, ref } from './cloud-formation.ts'
import { mappingId } from './mapping.ts'
import { service } from './roles.ts'
import type { Deployment } from './settings.ts'

export type Metric = {
  readonly Namespace: string
  readonly MetricName: string
  readonly Dimensions: Readonly<Record<string, unknown>>
  readonly Statistic: 'Sum' | 'Maximum'
}

export const functionNames = ['ingest', 'count', 'counts', 'uploads', 'page', 'topics'] as const
export type FunctionName = (typeof functionNames)[number]

export function ofFunction(
  { stage }: Deployment,
  name: FunctionName,
  metric: string,
  statistic: Metric['Statistic'],
): Metric {
  return {
    Namespace: 'AWS/Lambda',
    MetricName: metric,
    Dimensions: { FunctionName: `${service}-${stage}-${name}` },
    Statistic: statistic,
  }
}

/** A custom metric of `lib/metrics.ts`. */
export function ours(
  { stage }: Deployment,
  name: 'ingest' | 'count',
  metric: MetricName,
  statistic: Metric['Statistic'],
): Metric {
  return {
    Namespace: metricsNamespace(stage),
    MetricName: metric,
    Dimensions: { [dimension]: name },
    Statistic: statistic,
  }
}

export function metricsNamespace(stage: string): string {
  return `BookCounts/${stage}`
}

export function waitingIn(queueId: string): Metric {
  return {
    Namespace: 'AWS/SQS',
    MetricName: 'ApproximateNumberOfMessagesVisible',
    Dimensions: { QueueName: getAtt(queueId, 'QueueName') },
    Statistic: 'Maximum',
  }
}

export function ofApi(metric: '5xx' | '4xx' | 'Count'): Metric {
  return {
    Namespace: 'AWS/ApiGateway',
    MetricName: metric,
    Dimensions: { ApiId: ref('HttpApi') },
    Statistic: 'Sum',
  }
}

/** Counts discarded batches that could not be sent to the queue. */
export function lostBatchesLost(deployment: Deployment): Metric {
  if (deployment.mapping.pollers === undefined) {
    return ofFunction(deployment, 'count', 'DestinationDeliveryFailures', 'Sum')
  }
  return {
    Namespace: 'AWS/Lambda',
    MetricName: 'OnFailureDestinationDeliveryErrorCount',
    Dimensions: { EventSourceMappingUUID: ref(mappingId(deployment)) },
    Statistic: 'Sum',
  }
}
