/** Writes the dashboard (CloudWatch API reference, page "Dashboard Body Structure and Syntax"). */
import type { MetricName } from '../lib/metrics.ts'
import { alarmId, alarms } from './alarms.ts'
import { type Resources, sub } from './cloud-formation.ts'
import { type Metric, ofApi, ofFunction, ours, waitingIn } from './metrics.ts'
import { service } from './roles.ts'
import type { Deployment } from './settings.ts'

type Widget = { readonly type: 'metric' | 'alarm'; readonly properties: Readonly<Record<string, unknown>> }

const columns = 24

export function dashboard(deployment: Deployment): Resources {
  return {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        // Dashboard names are unique per account, not per region.
        DashboardName: sub(`${service}-${deployment.stage}-\${AWS::Region}`),
        DashboardBody: sub(JSON.stringify({ widgets: placed(rows(deployment)) })),
      },
    },
  }
}

function rows(deployment: Deployment): readonly (readonly Widget[])[] {
  const lambda = (
    name: 'ingest' | 'count' | 'counts' | 'uploads',
    metric: string,
    statistic: Metric['Statistic'],
  ) => ofFunction(deployment, name, metric, statistic)
  const longest = (name: Parameters<typeof lambda>[0]) => lambda(name, 'Duration', 'Maximum')
  const invocations = (name: 'ingest' | 'count') =>
    ['Invocations', 'Errors', 'Throttles'].map((metric) => lambda(name, metric, 'Sum'))
  const counted = (metric: MetricName) => ours(deployment, 'count', metric, 'Sum')
  const ingested = (metric: MetricName) => ours(deployment, 'ingest', metric, 'Sum')
  return [
    [alarmStates(deployment)],
    [
      graph('Lines', counted('LinesCounted'), ingested('LinesIngested'), counted('UpdatesPublished')),
      graph('Lines not counted yet', lambda('count', 'OffsetLag', 'Maximum')),
      graph('Age of the lines being counted', ours(deployment, 'count', 'BatchAge', 'Maximum')),
    ],
    [
      graph(
        'Books',
        ...(['BooksIngested', 'BooksContinued', 'BooksRefused', 'BooksFailed'] as const).map(ingested),
        counted('BooksRemoved'),
      ),
      graph('Discarded', waitingIn('FailedIngestsQueue'), waitingIn('LostBatchesQueue')),
      graph('Takeovers and skipped records', ...unusual.map(counted)),
    ],
    [
      graph('ingest: invocations', ...invocations('ingest')),
      graph('ingest: duration', longest('ingest')),
      graph('ingest: age of waiting uploads', lambda('ingest', 'AsyncEventAge', 'Maximum')),
    ],
    [
      graph('count: invocations', ...invocations('count')),
      graph('count: duration', longest('count')),
      graph('count: containers', lambda('count', 'ConcurrentExecutions', 'Maximum')),
    ],
    [
      graph('API: requests', ofApi('Count'), ofApi('4xx'), ofApi('5xx')),
      graph('API: duration', longest('counts'), longest('uploads')),
    ],
  ]
}

const unusual = [
  'Takeovers',
  'RecordsIgnored',
  'RecordsSkippedAhead',
  'RecordsWithoutKey',
  'RecordsWithLongKey',
] as const

function alarmStates(deployment: Deployment): Widget {
  return {
    type: 'alarm',
    properties: {
      title: 'Alarms (see docs/operations.md for what to do)',
      alarms: Object.keys(alarms(deployment)).map((name) => `\${${alarmId(name)}.Arn}`),
    },
  }
}

function graph(title: string, ...metrics: readonly Metric[]): Widget {
  return {
    type: 'metric',
    properties: {
      title,
      region: `\${AWS::Region}`,
      view: 'timeSeries',
      period: 60,
      metrics: metrics.map(({ Namespace, MetricName, Dimensions, Statistic }) => [
        Namespace,
        MetricName,
        ...Object.entries(Dimensions).flatMap(([name, value]) => [name, textOf(value)]),
        { stat: Statistic },
      ]),
    },
  }
}

/** The first row has 4 units, the others 6. */
function placed(rows: readonly (readonly Widget[])[]) {
  return rows.flatMap((widgets, row) => {
    const width = columns / widgets.length
    const [y, height] = row === 0 ? [0, 4] : [6 * row - 2, 6]
    return widgets.map((widget, i) => ({ ...widget, x: i * width, y, width, height }))
  })
}

/** Uses the syntax of Fn::Sub. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: readonly string[] }
  return `\${${Ref ?? attribute?.join('.')}}`
}
