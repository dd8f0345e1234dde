import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AccessError } from '../../../../../kafka/access/access.ts'
import { ConnectionError } from '../../../../../kafka/cluster/connection-error.ts'
import { errorCodes, ProtocolError } from '../../../../../kafka/protocol/errors.ts'
import { messageOf } from '../../../../../lib/errors.ts'
import { ProblemLog } from '../../../../../local/kafka-event-source/mapping/problem-log.ts'
import { ManualClock } from './manual-clock.ts'

function rig() {
  const clock = new ManualClock()
  const lines: string[] = []
  return { clock, lines, problems: new ProblemLog(clock, (line) => lines.push(line), messageOf) }
}

test('reports a problem once when it lasts, and its end; ignores a short problem', async () => {
  const { clock, lines, problems } = rig()
  problems.report('fetch', new Error('unavailable'))
  await clock.advance(1_000)
  problems.report('fetch', undefined)
  assert.deepEqual(lines, [])
  for (let i = 0; i < 20; i++) {
    problems.report('fetch', new Error('unavailable'))
    await clock.advance(500)
  }
  assert.deepEqual(lines, ['unavailable'])
  problems.report('fetch', undefined)
  problems.report('fetch', undefined)
  assert.deepEqual(lines, ['unavailable', 'recovered'])
})

test('reports rejected credentials immediately, with the Lambda API’s code', () => {
  const { lines, problems } = rig()
  problems.report('group', new AccessError('SASL authentication failed'))
  assert.deepEqual(lines, ['SASL authentication failed'])
  assert.equal(problems.stateReason, 'EVENT_SOURCE_AUTHN_ERROR')
  problems.report('group', undefined)
  assert.equal(problems.stateReason, undefined)
})

test('reports the same problem of several requests once, and its end when all have recovered', async () => {
  const { clock, lines, problems } = rig()
  const refused = (reason: string) =>
    new ConnectionError('the broker cannot be reached', reason, { wasSent: false })
  for (let i = 0; i < 10; i++) {
    problems.report('group', refused('Connection closed'))
    problems.report('fetch', refused('connect ECONNREFUSED'))
    problems.report('commit', refused('Connection closed'))
    await clock.advance(500)
  }
  assert.equal(lines.length, 1)
  problems.report('group', undefined)
  problems.report('fetch', undefined)
  assert.equal(lines.length, 1)
  problems.report('commit', undefined)
  assert.equal(lines.at(-1), 'recovered')
})

test('keeps the code of rejected credentials while other requests succeed', () => {
  const { problems } = rig()
  problems.report('group', new ProtocolError(errorCodes.GROUP_AUTHORIZATION_FAILED))
  problems.report('fetch', new Error('unavailable'))
  problems.report('fetch', undefined)
  assert.equal(problems.stateReason, 'EVENT_SOURCE_AUTHZ_ERROR')
})
