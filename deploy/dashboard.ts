/** Writes the dashboard (CloudWatch API reference, page "Dashboard Body Structure and Syntax"). */
import { alarmId, alarms } from './alarms.ts'
import { type Resources, sub } from './cloud-formation.ts'
import { type Metric, ofApi, ofFunction, ours, waitingIn } from './metrics.ts'
import { service } from './roles.ts'
import type { Deployment } from './settings.ts'

type Widget = {
  readonly type: 'metric' | 'text' | 'alarm'
  readonly properties: Readonly<Record<string, unknown>>
}

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

/** Returns the rows from top to bottom. */
function rows(deployment: Deployment): readonly { height: number; widgets: readonly Widget[] }[] {
  const lambda = (
    name: 'ingest' | 'count' | 'counts' | 'uploads',
    metric: string,
    statistic: Metric['Statistic'],
  ) => ofFunction(deployment, name, metric, statistic)
  const counted = (metric: Parameters<typeof ours>[2], statistic: Metric['Statistic'] = 'Sum') =>
    ours(deployment, 'count', metric, statistic)
  const ingested = (metric: Parameters<typeof ours>[2]) => ours(deployment, 'ingest', metric, 'Sum')
  return [
    {
      height: 4,
      widgets: [
        {
          type: 'alarm',
          properties: {
            title: 'Alarms (see docs/operations.md for what to do)',
            alarms: Object.keys(alarms(deployment)).map((name) => `\${${alarmId(name)}.Arn}`),
          },
        },
      ],
    },
    {
      height: 6,
      widgets: [
        graph('Lines', counted('LinesCounted'), ingested('LinesIngested'), counted('UpdatesPublished')),
        graph('Lines that wait to be counted', lambda('count', 'OffsetLag', 'Maximum')),
        graph('Age of the lines being counted', counted('BatchAge', 'Maximum')),
      ],
    },
    {
      height: 6,
      widgets: [
        graph(
          'Books',
          ...(['BooksIngested', 'BooksContinued', 'BooksRefused', 'BooksFailed'] as const).map(ingested),
          counted('BooksRemoved'),
        ),
        graph('Given up', waitingIn('FailedIngestsQueue'), waitingIn('LostBatchesQueue')),
        graph(
          'Out of the ordinary',
          ...(
            [
              'Takeovers',
              'RecordsIgnored',
              'RecordsSkippedAhead',
              'RecordsWithoutKey',
              'RecordsWithLongKey',
            ] as const
          ).map((name) => counted(name)),
        ),
      ],
    },
    ...(['ingest', 'count'] as const).map((name) => ({
      height: 6,
      widgets: [
        graph(
          `${name}: invocations`,
          ...['Invocations', 'Errors', 'Throttles'].map((metric) => lambda(name, metric, 'Sum')),
        ),
        graph(`${name}: duration`, lambda(name, 'Duration', 'Maximum')),
        name === 'ingest'
          ? graph('ingest: uploads that wait', lambda(name, 'AsyncEventAge', 'Maximum'))
          : graph('count: containers', lambda(name, 'ConcurrentExecutions', 'Maximum')),
      ],
    })),
    {
      height: 6,
      widgets: [
        graph('API: requests', ofApi('Count'), ofApi('4xx'), ofApi('5xx')),
        graph(
          'API: duration',
          lambda('counts', 'Duration', 'Maximum'),
          lambda('uploads', 'Duration', 'Maximum'),
        ),
      ],
    },
  ]
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

function placed(rows: readonly { height: number; widgets: readonly Widget[] }[]) {
  let y = 0
  return rows.flatMap(({ height, widgets }) => {
    const width = columns / widgets.length
    const row = widgets.map((widget, i) => ({ ...widget, x: i * width, y, width, height }))
    y += height
    return row
  })
}

/** Returns the value in the syntax of Fn::Sub. */
function textOf(value: unknown): string {
  if (typeof value === 'string') return value
  const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: readonly string[] }
  return `\${${Ref ?? attribute?.join('.')}}`
}
