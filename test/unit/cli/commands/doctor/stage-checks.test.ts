import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import {
  judgeAlarms,
  judgeFunctions,
  judgeHealth,
  judgeMappingState,
  judgeStack,
  judgeWaiting,
} from '../../../../../cli/commands/doctor/stage-checks.ts'
import type { AlarmState } from '../../../../../cli/stage/stage.ts'
import { alarms } from '../../../../../deploy/alarms.ts'
import { readDeployment } from '../../../../../deploy/settings.ts'
import { exampleSettings } from '../../../../harness/rendered-stage.ts'
import { deployedAt, deployedFunctions } from '../../stage/fake-stage.ts'

const deployment = readDeployment(exampleSettings('msk-iam'), 'prod')
const apiUrl = 'https://api.example.com'

describe('books doctor --stage', () => {
  it('reports a stack whose last deploy failed or is in progress', () => {
    const judged = (status: string) => judgeStack({ status, apiUrl }, deployedAt)
    for (const status of ['CREATE_COMPLETE', 'UPDATE_COMPLETE']) assert.ok(judged(status).ok)
    assert.match(judged('UPDATE_ROLLBACK_COMPLETE').advice!, /rolled back/)
    assert.match(judged('UPDATE_IN_PROGRESS').advice!, /wait/)
    assert.equal(judged('UPDATE_ROLLBACK_FAILED').ok, false)
  })

  it('reports functions with another runtime, with a failed update, or changed after the deploy', () => {
    const judged = (change: object) =>
      judgeFunctions(
        deployedFunctions.map((each) => (each.name === 'count' ? { ...each, ...change } : each)),
        deployment,
        deployedAt,
      )
    assert.match(judged({}).found, /^nodejs24\.x, as deployed: .*count abcdefgh/)
    assert.match(judged({ runtime: 'nodejs20.x' }).found, /count runs on nodejs20\.x, not nodejs24\.x/)
    assert.match(judged({ lastUpdateStatus: 'Failed' }).found, /count is Active, its last update Failed/)
    const later = new Date(deployedAt.getTime() + 3_600_000)
    assert.match(
      judged({ changedAt: later }).found,
      /count was changed at .*T13:00:00.000Z, after the last deploy/,
    )
  })

  it('reports a mapping that is missing, disabled or failing', () => {
    const judged = (state: string, lastResult: string) =>
      judgeMappingState({ state, lastResult, reason: undefined })
    assert.ok(judged('Enabled', 'OK').ok && judged('Enabled', 'No records processed').ok)
    assert.equal(judged('Disabled', 'OK').ok, false)
    assert.equal(judged('Enabled', 'PROBLEM: Connection error').ok, false)
    assert.equal(judgeMappingState(undefined).ok, false)
  })

  it('reports alarms in ALARM, missing alarms, and alarms without notifications', () => {
    const all: readonly AlarmState[] = Object.keys(alarms(deployment)).map((name) => ({
      ...{ name, value: 'OK', reason: '', notifies: true },
    }))
    assert.match(judgeAlarms(all, deployment).found, /all notify a topic/)
    const firing = all.map((alarm) =>
      alarm.name === 'count-lag' ? { ...alarm, value: 'ALARM' as const, reason: 'much' } : alarm,
    )
    assert.match(judgeAlarms(firing, deployment).found, /^1 alarm in ALARM: count-lag: much$/)
    assert.match(judgeAlarms(all.slice(1), deployment).found, /^missing: count-lag$/)
    const silent = all.map((alarm) => ({ ...alarm, notifies: false }))
    assert.match(judgeAlarms(silent, deployment).found, new RegExp(`${all.length} send no notification`))
  })

  it('ignores alarms of a stage whose name begins with the name of this stage', () => {
    const named = (name: string, value: AlarmState['value']) => ({ name, value, reason: '', notifies: true })
    const all = Object.keys(alarms(deployment)).map((name) => named(name, 'OK'))
    const judged = judgeAlarms([...all, named('eu-count-lag', 'ALARM')], deployment)
    assert.equal(judged.found, `${all.length} alarms, none in ALARM, all notify a topic`)
  })

  it('reports discarded events and inconsistent counts', () => {
    assert.ok(judgeWaiting({ failedIngests: 0, lostBatches: 0 }).ok)
    assert.match(judgeWaiting({ failedIngests: 1, lostBatches: 2 }).found, /^1 upload and 2 batches/)
    assert.match(judgeWaiting({ failedIngests: 0, lostBatches: 1 }).found, /^0 uploads and 1 batch were/)
    const health = (status: string) =>
      judgeHealth({ status: 200, body: { status, partitions: [{ lag: 2 }, { lag: 1 }] } })
    assert.deepEqual(
      [health('current').ok, health('current').found],
      [true, 'current, 3 records not counted'],
    )
    assert.match(health('incomplete').advice!, /recount --stage/)
    assert.match(judgeHealth({ status: 403, body: {} }).advice!, /execute-api:Invoke/)
    assert.match(judgeHealth({ status: 200, body: { services: {} } }).advice!, /^Check --api/)
  })
})
