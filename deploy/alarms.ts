/** CloudWatch alarms. A test compares them with docs/operations.md. */
import { idOf, type Resource, type Resources } from './cloud-formation.ts'
import { lostBatchesLost, type Metric, ofApi, ofFunction, ours, waitingIn } from './metrics.ts'
import { service } from './roles.ts'
import { type Deployment, type FunctionName, functionNames } from './settings.ts'

type Alarm = {
  readonly metric: Metric
  readonly description: string
  /** Default: 1. */
  readonly threshold?: number
  /** Default: 300. */
  readonly periodSeconds?: number
  /** The alarm fires when `periods` consecutive periods reach the threshold. Default: 1. */
  readonly periods?: number
  /** Fires on missing values too. Requires a metric that is always reported. */
  readonly alarmsWithoutData?: true
}

/** The timeouts of serverless.yml; a test compares them. */
export const timeoutsMs = { ingest: 900_000, count: 120_000 } as const

/**
 * `count` is absent, because its reserved concurrency throttles the mapping; so is `topics`, which only deploys invoke.
 */
const throttled = ['ingest', 'counts', 'uploads', 'page'] as const satisfies readonly FunctionName[]

/** Names omit the prefix `book-counts-STAGE-`. */
export function alarms(deployment: Deployment): Readonly<Record<string, Alarm>> {
  const { lagLines, ageMinutes } = deployment.alarms
  const ageMs = ageMinutes * 60_000
  return {
    'count-lag': {
      metric: ofFunction(deployment, 'count', 'OffsetLag', 'Maximum'),
      description: `${lagLines} lines or more are not counted, or the mapping reports no metrics`,
      threshold: lagLines,
      periodSeconds: 60,
      periods: 5,
      alarmsWithoutData: true,
    },
    'count-age': {
      metric: ours(deployment, 'count', 'BatchAge', 'Maximum'),
      description: `The oldest line being counted was written ${ageMinutes} minutes ago or more`,
      threshold: ageMs,
    },
    'count-duration': {
      metric: ofFunction(deployment, 'count', 'Duration', 'Maximum'),
      description: 'The duration of a batch is close to the timeout of the function',
      threshold: 0.9 * timeoutsMs.count,
      periods: 3,
    },
    'ingest-duration': {
      metric: ofFunction(deployment, 'ingest', 'Duration', 'Maximum'),
      description: 'ingest exceeded the time after which it invokes itself to continue a book',
      threshold: timeoutsMs.ingest - 15_000,
    },
    'ingest-age': {
      metric: ofFunction(deployment, 'ingest', 'AsyncEventAge', 'Maximum'),
      description: `An upload waits for ${ageMinutes} minutes or more to be ingested`,
      threshold: ageMs,
    },
    'failed-ingests': {
      metric: waitingIn('FailedIngestsQueue'),
      description: 'Uploads were discarded',
      periodSeconds: 60,
    },
    'lost-batches': {
      metric: waitingIn('LostBatchesQueue'),
      description: 'The mapping discarded batches',
      periodSeconds: 60,
    },
    'failed-ingests-lost': {
      metric: ofFunction(deployment, 'ingest', 'DestinationDeliveryFailures', 'Sum'),
      description: 'An upload was discarded, and its failure record could not be written',
    },
    'lost-batches-lost': {
      metric: lostBatchesLost(deployment),
      description: 'The mapping discarded a batch, and its failure record could not be sent to the queue',
    },
    'api-errors': {
      metric: ofApi('5xx'),
      description: 'The API returns 5xx responses',
      threshold: 5,
      periods: 2,
    },
    ...Object.fromEntries(functionNames.map((name) => [`${name}-errors`, errors(deployment, name)])),
    ...Object.fromEntries(throttled.map((name) => [`${name}-throttles`, throttles(deployment, name)])),
  }
}

/** Lambda retries `ingest` and `count`, so only repeated failures fire their alarms. */
function errors(deployment: Deployment, name: FunctionName): Alarm {
  const isRepeated = name === 'ingest' || name === 'count'
  return {
    metric: ofFunction(deployment, name, 'Errors', 'Sum'),
    description: `${name} fails${isRepeated ? ' repeatedly' : ''}`,
    ...(isRepeated && { periods: 3 }),
  }
}

function throttles(deployment: Deployment, name: FunctionName): Alarm {
  return {
    metric: ofFunction(deployment, name, 'Throttles', 'Sum'),
    description: `${name} is throttled: the account has no concurrency left`,
    periods: 3,
  }
}

export const alarmId = (name: string) => `${name.split('-').map(idOf).join('')}Alarm`

export function alarmResources(deployment: Deployment): Resources {
  const resource = ([name, alarm]: [string, Alarm]) => [alarmId(name), alarmResource(name, alarm, deployment)]
  return Object.fromEntries(Object.entries(alarms(deployment)).map(resource))
}

function alarmResource(name: string, alarm: Alarm, deployment: Deployment): Resource {
  const { metric, description, threshold = 1, periodSeconds = 300, periods = 1, alarmsWithoutData } = alarm
  const { topicArn } = deployment.alarms
  const actions = [topicArn]
  return {
    Type: 'AWS::CloudWatch::Alarm',
    Properties: {
      AlarmName: `${service}-${deployment.stage}-${name}`,
      AlarmDescription: `${description}. What to do: docs/operations.md`,
      ...metric,
      Dimensions: Object.entries(metric.Dimensions).map(([Name, Value]) => ({ Name, Value })),
      ComparisonOperator: 'GreaterThanOrEqualToThreshold',
      Threshold: threshold,
      Period: periodSeconds,
      EvaluationPeriods: periods,
      TreatMissingData: alarmsWithoutData ? 'missing' : 'notBreaching',
      ...(topicArn !== undefined && {
        AlarmActions: actions,
        OKActions: actions,
        ...(alarmsWithoutData && { InsufficientDataActions: actions }),
      }),
    },
  }
}
