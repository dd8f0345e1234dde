import { alarms as alarmsOf } from '../../../deploy/alarms.ts'
import type { Deployment } from '../../../deploy/settings.ts'
import type { Stage } from '../../stage/aws-stage.ts'
import type { AlarmState, FunctionState, StackState, StageMappingState } from '../../stage/stage.ts'
import { plural } from '../../terminal/table.ts'
import { failed, type Judgement, passed } from './finding.ts'

/** States in which all resources come from the same deploy. */
const settled = ['CREATE_COMPLETE', 'UPDATE_COMPLETE', 'UPDATE_ROLLBACK_COMPLETE', 'IMPORT_COMPLETE']

export function judgeStack({ status }: StackState, deployedAt: Date): Judgement {
  const found = `${status}, ${deployedAt.toISOString()}`
  if (status === 'UPDATE_ROLLBACK_COMPLETE') {
    return failed(
      found,
      'The last deploy failed and was rolled back. See its output and the stack events for the reason.',
    )
  }
  if (settled.includes(status)) return passed(found)
  const advice = status.endsWith('_IN_PROGRESS')
    ? 'A deploy is under way: wait, and run this again.'
    : 'See the events of the stack in CloudFormation; deploy again.'
  return failed(found, advice)
}

/** Tolerated clock difference between services. */
const toleranceMs = 60_000

/** @param deployedAt end of the last deploy */
export function judgeFunctions(
  functions: readonly FunctionState[],
  { runtime }: Pick<Deployment, 'runtime'>,
  deployedAt: Date,
): Judgement {
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
    return failed(problems.join('; '), 'Deploy again: npx serverless deploy --stage STAGE')
  }
  const versions = functions.map(({ name, code }) => `${name} ${code}`).join(', ')
  return passed(`${runtime}, as deployed: ${versions}`)
}

export function judgeMappingState(mapping: StageMappingState | undefined): Judgement {
  if (mapping === undefined)
    return failed('count has no event source mapping', 'Deploy again: npx serverless deploy --stage STAGE')
  const { state, lastResult, reason } = mapping
  const found = `${state}, last result: ${lastResult}${reason === undefined || reason === '' ? '' : ` (${reason})`}`
  const advice = 'See "The mapping does not read" in docs/operations.md.'
  if (state !== 'Enabled') return failed(found, advice)
  return /^(OK|No records processed|none yet)$/i.test(lastResult) ? passed(found) : failed(found, advice)
}

/** @param found also alarms of a stage whose name begins with this one's */
export function judgeAlarms(found: readonly AlarmState[], deployment: Deployment): Judgement {
  const names = Object.keys(alarmsOf(deployment))
  const own = found.filter(({ name }) => names.includes(name))
  const missing = names.filter((name) => !own.some((alarm) => alarm.name === name))
  if (missing.length > 0) {
    return failed(`missing: ${missing.join(', ')}`, 'Deploy again: npx serverless deploy --stage STAGE')
  }
  const firing = own.filter(({ value }) => value === 'ALARM')
  if (firing.length > 0) {
    const reasons = firing.map(({ name, reason }) => `${name}: ${reason}`).join('; ')
    return failed(
      `${plural(firing.length, 'alarm')} in ALARM: ${reasons}`,
      'See "Alarms" in docs/operations.md.',
    )
  }
  const silent = own.filter(({ notifies }) => !notifies).length
  const notified = silent === 0 ? 'all notify a topic' : `${silent} send no notification (ALARM_TOPIC_ARN)`
  return passed(`${plural(own.length, 'alarm')}, none in ALARM, ${notified}`)
}

export function judgeWaiting({
  failedIngests,
  lostBatches,
}: Awaited<ReturnType<Stage['waiting']>>): Judgement {
  if (failedIngests + lostBatches === 0) return passed('no upload and no batch was discarded')
  return failed(
    `${plural(failedIngests, 'upload')} and ${plural(lostBatches, 'batch')} were discarded`,
    'See "Uploads that failed" and "Batches that were discarded" in docs/operations.md.',
  )
}

export function judgeHealth({ status, body }: Awaited<ReturnType<Stage['get']>>): Judgement {
  if (status === 401 || status === 403) {
    return failed(
      `GET /health returned status ${status}`,
      'The credentials need execute-api:Invoke; with COUNTS_ACCESS=jwt pass --token.',
    )
  }
  if (status !== 200) {
    return failed(
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
      `GET /health returned no health report: ${JSON.stringify(body).slice(0, 200)}`,
      'Check --api: the address belongs to another program.',
    )
  }
  const lag = partitions.reduce((sum, partition) => sum + partition.lag, 0)
  const found = `${counts}, ${plural(lag, 'record')} not counted`
  return counts === 'incomplete'
    ? failed(found, 'Run: npm run books -- recount --stage STAGE')
    : passed(found)
}
