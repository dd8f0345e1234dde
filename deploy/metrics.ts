/**
 * Sources: developer guides of Lambda, page `monitoring-metrics-types`; SQS, `sqs-available-cloudwatch-metrics`; API
 * Gateway, `http-api-metrics`.
 */
import { dimension, type MetricName } from '../lib/metrics.ts'
import { getAtt, ref } from './cloud-formation.ts'
import { mappingId } from './mapping.ts'
import { service } from './roles.ts'
import type { Deployment, FunctionName } from './settings.ts'

export type Metric = {
  readonly Namespace: string
  readonly MetricName: string
  readonly Dimensions: Readonly<Record<string, unknown>>
  readonly Statistic: 'Sum' | 'Maximum'
}

export function ofFunction(
  { stage }: Deployment,
  name: FunctionName,
  MetricName: string,
  Statistic: Metric['Statistic'],
): Metric {
  const Dimensions = { FunctionName: `${service}-${stage}-${name}` }
  return { Namespace: 'AWS/Lambda', MetricName, Dimensions, Statistic }
}

export function ours(
  { stage }: Deployment,
  name: 'ingest' | 'count',
  MetricName: MetricName,
  Statistic: Metric['Statistic'],
): Metric {
  return { Namespace: metricsNamespace(stage), MetricName, Dimensions: { [dimension]: name }, Statistic }
}

export function metricsNamespace(stage: string): string {
  return `BookCounts/${stage}`
}

export function waitingIn(queueId: string): Metric {
  const MetricName = 'ApproximateNumberOfMessagesVisible'
  const Dimensions = { QueueName: getAtt(queueId, 'QueueName') }
  return { Namespace: 'AWS/SQS', MetricName, Dimensions, Statistic: 'Maximum' }
}

export function ofApi(MetricName: '5xx' | '4xx' | 'Count'): Metric {
  const Dimensions = { ApiId: ref('HttpApi') }
  return { Namespace: 'AWS/ApiGateway', MetricName, Dimensions, Statistic: 'Sum' }
}

/** Counts discarded batches that could not be sent to the queue. */
export function lostBatchesLost(deployment: Deployment): Metric {
  if (deployment.mapping.pollers === undefined) {
    return ofFunction(deployment, 'count', 'DestinationDeliveryFailures', 'Sum')
  }
  const MetricName = 'OnFailureDestinationDeliveryErrorCount'
  const Dimensions = { EventSourceMappingUUID: ref(mappingId(deployment)) }
  return { Namespace: 'AWS/Lambda', MetricName, Dimensions, Statistic: 'Sum' }
}
