import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { alarmResources, alarms } from '../../../deploy/alarms.ts'
import type { Resource } from '../../../deploy/cloud-formation.ts'
import { dashboard } from '../../../deploy/dashboard.ts'
import { readDeployment } from '../../../deploy/settings.ts'
import { metricUnits } from '../../../lib/metrics.ts'
import { exampleSettings } from '../../harness/rendered-stage.ts'

const operations = readFileSync(new URL('../../../docs/operations.md', import.meta.url), 'utf8')
const deployment = readDeployment(exampleSettings('msk-iam'), 'prod')
const provisioned = readDeployment(exampleSettings('msk-scram'), 'prod')

/** The names in the first column of the table under a heading. */
function documented(heading: string): string[] {
  const [, section = ''] = operations.split(`\n## ${heading}\n`)
  return [...section.split('\n## ')[0]!.matchAll(/^\| `([^`]+)`/gm)].map(([, name]) => name!)
}

describe('docs/operations.md', () => {
  it('explains every alarm, in the order of the template, and no other', () => {
    assert.deepEqual(documented('Alarms'), Object.keys(alarms(deployment)))
  })

  it('explains every metric of the functions, and no other', () => {
    assert.deepEqual(documented('Metrics'), Object.keys(metricUnits))
  })
})

describe('docs/deploy.md', () => {
  it('has the number of alarms and of metrics, and their price', () => {
    const [alarmCount, metricCount] = [
      Object.keys(alarms(deployment)).length,
      Object.keys(metricUnits).length,
    ]
    const dollars = (0.1 * alarmCount + 3 + 0.3 * metricCount).toFixed(2)
    const page = readFileSync(new URL('../../../docs/deploy.md', import.meta.url), 'utf8')
    assert.match(page, new RegExp(`${alarmCount} × \\$0\\.10, .* ${metricCount} metrics × .* \\$${dollars},`))
    assert.match(page, new RegExp(`; ${alarmCount} alarms and a dashboard`))
  })
})

describe('alarms', () => {
  it('notify a topic, if one is set', () => {
    const { ALARM_TOPIC_ARN, ...silent } = exampleSettings('msk-iam')
    const alarm = propertiesOf(alarmResources(deployment).IngestErrorsAlarm)
    assert.deepEqual(alarm.AlarmActions, [ALARM_TOPIC_ARN])
    assert.deepEqual(alarm.OKActions, [ALARM_TOPIC_ARN])
    const silentAlarm = propertiesOf(alarmResources(readDeployment(silent, 'prod')).IngestErrorsAlarm)
    assert.equal(silentAlarm.AlarmActions, undefined)
  })

  it('take their thresholds from the settings', () => {
    const set = { ...exampleSettings('msk-iam'), ALARM_LAG_LINES: '7', ALARM_AGE_MINUTES: '3' }
    const { CountLagAlarm, CountAgeAlarm } = alarmResources(readDeployment(set, 'prod'))
    assert.equal(propertiesOf(CountLagAlarm).Threshold, 7)
    assert.equal(propertiesOf(CountAgeAlarm).Threshold, 180_000)
  })

  it('notify about missing data only for the mapping', () => {
    for (const [id, { Properties = {} }] of Object.entries(alarmResources(deployment))) {
      const isTold = 'InsufficientDataActions' in Properties
      assert.equal(Properties.TreatMissingData, isTold ? 'missing' : 'notBreaching', id)
      assert.equal(isTold, id === 'CountLagAlarm')
    }
  })

  it('use metrics of the mapping when it has them', () => {
    const { LostBatchesLostAlarm } = alarmResources(provisioned)
    assert.deepEqual(propertiesOf(LostBatchesLostAlarm).Dimensions, [
      { Name: 'EventSourceMappingUUID', Value: { Ref: 'CountEventSourceMappingMSKExampleBooksbooks' } },
    ])
  })

  it('use metrics of the functions by their namespace, name and dimension', () => {
    const { CountAgeAlarm } = alarmResources(deployment)
    const { Namespace, MetricName, Dimensions } = propertiesOf(CountAgeAlarm)
    assert.deepEqual(
      [Namespace, MetricName, Dimensions],
      ['BookCounts/prod', 'BatchAge', [{ Name: 'Function', Value: 'count' }]],
    )
  })
})

type Widget = {
  readonly type: string
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
  readonly properties: { readonly metrics?: readonly unknown[][]; readonly alarms?: readonly string[] }
}

describe('the dashboard', () => {
  const { DashboardBody } = propertiesOf(dashboard(deployment).Dashboard)
  const body = (DashboardBody as { 'Fn::Sub': string })['Fn::Sub']
  const { widgets } = JSON.parse(body) as { widgets: readonly Widget[] }

  it('fits its grid, without overlapping widgets', () => {
    const taken = new Set<string>()
    for (const { x, y, width, height } of widgets) {
      assert.ok(Number.isInteger(x) && Number.isInteger(width) && x + width <= 24)
      for (let column = x; column < x + width; column++) {
        for (let row = y; row < y + height; row++) {
          assert.ok(!taken.has(`${column} ${row}`))
          taken.add(`${column} ${row}`)
        }
      }
    }
  })

  it('shows every metric of the functions, and every alarm', () => {
    const shown = widgets.flatMap(({ properties }) => properties.metrics ?? [])
    for (const metric of shown) {
      assert.ok(metric.length >= 3 && metric.slice(0, -1).every((part) => typeof part === 'string'))
    }
    const ours = shown.filter(([namespace]) => namespace === 'BookCounts/prod').map(([, name]) => name)
    assert.deepEqual(new Set(ours), new Set(Object.keys(metricUnits)))
    const [first] = widgets
    assert.equal(first?.type, 'alarm')
    assert.equal(first?.properties.alarms?.length, Object.keys(alarms(deployment)).length)
  })
})

function propertiesOf(resource: Resource | undefined): Readonly<Record<string, unknown>> {
  assert.ok(resource?.Properties)
  return resource.Properties
}
