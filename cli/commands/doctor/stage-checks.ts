/** Judges the states of a stage's parts, without I/O. */
import { alarms as alarmsOf } from '../../../deploy/alarms.ts'
import type { Deployment } from '../../../deploy/settings.ts'
import type { AlarmState, FunctionState, StackState, StageMappingState } from '../../stage/stage.ts'
import { type Finding, failed, passed } from './finding.ts'
import { plural } from './topic-checks.ts'

/** States in which all resources come from the same deploy. */
const settled = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE']

export function judgeStack({ status, deployedAt }: StackState): Finding {
  const check = 'stack'
  const found = `${status}, ${deployedAt.toISOString()}`
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    return failed(
      check,
      found,
      'The last deploy failed and was rolled back. See its output and the stack events for the reason.',
    )
  }
  if (settled.includes(status)) return passed(check, found)
  const advice = status.endsWith('_IN_PROGRESS')
    ? 'A deploy is under way: wait, and run this again.'
    : 'See the events of the stack in CloudFormation; deploy again.'
  return failed(check, found, advice)
}

/** Tolerated clock difference between services. */
const toleranceMs = 60_000

/** @param deployedAt end of the last deploy */
export function judgeFunctions(
  functions: readonly FunctionState[],
  { runtime }: Pick<Deployment, 'runtime'>,
  deployedAt: Date,
): Finding {
  const check = 'functions'
  const problems = functions.flatMap(({ name, runtime: found, state, lastUpdateStatus, changedAt }) => [
    ...(found === runtime ? [] : [`${name} runs on ${found}, not ${runtime}`]),
    ...(state === 'Failed' || lastUpdateStatus === 'Failed'
      ? [`${name} is ${state}, its last update ${lastUpdateStatus}`]
      : []),
    ...(changedAt.getTime() > deployedAt.getTime() + toleranceMs
      ? [`${name} was changed at ${changedAt.toISOString()}, after the last deploy`]
      : []),
  ])
  if (problems.length > 0) {
    return failed(check, problems.join('; '), 'Deploy again: npx serverless deploy --stage STAGE')
  }
  const versions = functions.map(({ name, code }) => `${name} ${code}`).join(', ')
  return passed(check, `${runtime}, as deployed: ${versions}`)
}

export function judgeMappingState(mapping: StageMappingState | undefined): Finding {
  const check = 'mapping'
  if (mapping === undefined)
    return failed(
      check,
      'count has no event source mapping',
      'Deploy again: npx serverless deploy --stage STAGE',
    )
  const { state, lastResult, reason } = mapping
  const found = `${state}, last result: ${lastResult}${reason === undefined || reason === '' ? '' : ` (${reason})`}`
  const advice = 'See "The mapping does not read" in docs/operations.md.'
  if (state !== 'Enabled') return failed(check, found, advice)
  return /^(OK|No records processed|none yet)$/i.test(lastResult)
    ? passed(check, found)
    : failed(check, found, advice)
}

export function judgeAlarms(found: readonly AlarmState[], deployment: Deployment): Finding {
  const check = 'alarms'
  const missing = Object.keys(alarmsOf(deployment)).filter(
    (name) => !found.some((alarm) => alarm.name === name),
  )
  if (missing.length > 0) {
    return failed(
      check,
      `missing: ${missing.join(', ')}`,
      'Deploy again: npx serverless deploy --stage STAGE',
    )
  }
  const firing = found.filter(({ value }) => value === 'ALARM')
  if (firing.length > 0) {
    const reasons = firing.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
    return failed(
      check,
      `${plural(firing.length, 'alarm')} in ALARM: ${reasons}`,
      'See "Alarms" in docs/operations.md.',
    )
  }
  const silent = found.filter(({ notifies }) => !notifies).length
  const notified = silent === 0 ? 'all notify a topic' : `${silent} send no notification (ALARM_TOPIC_ARN)`
  return passed(check, `${plural(found.length, 'alarm')}, none in ALARM, ${notified}`)
}

export function judgeWaiting({
  failedIngests,
  lostBatches,
}: {
  failedIngests: number
  lostBatches: number
}): Finding {
  const check = 'failures'
  if (failedIngests + lostBatches === 0) return passed(check, 'no upload and no batch was discarded')
  return failed(
    check,
    `${plural(failedIngests, 'upload')} and ${lostBatches.toLocaleString('en')} batches were discarded`,
    'See "Uploads that failed" and "Batches that were discarded" in docs/operations.md.',
  )
}

export function judgeHealth({ status, body }: { readonly status: number; readonly body: unknown }): Finding {
  const check = 'counts'
  if (status === 401 || status === 403) {
    return failed(
      check,
      `GET /health returned status ${status}`,
      'The credentials need execute-api:Invoke; with COUNTS_ACCESS=jwt pass --token.',
    )
  }
  if (status !== 200) {
    return failed(
      check,
      `GET /health returned status ${status}: ${JSON.stringify(body)}`,
      'See the log of the function counts.',
    )
  }
  const { status: counts, partitions = [] } = body as {
    readonly status?: string
    readonly partitions?: readonly { readonly lag: number }[]
  }
  if (counts === undefined) {
    return failed(
      check,
      `GET /health returned no health report: ${JSON.stringify(body).slice(0, 200)}`,
      'Check --api: the address belongs to another program.',
    )
  }
  const lag = partitions.reduce((sum, partition) => sum + partition.lag, 0)
  const found = `${counts}, ${plural(lag, 'record')} not counted`
  return counts === 'incomplete'
    ? failed(check, found, 'Run: npm run books -- recount')
    : passed(check, found)
}
