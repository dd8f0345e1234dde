import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AccessError } from '../../../../../kafka/access/access.ts'
import { ConnectionError } from '../../../../../kafka/cluster/connection-error.ts'
import { errorCodes, ProtocolError } from '../../../../../kafka/protocol/errors.ts'
import { Troubles } from '../../../../../local/kafka-event-source/mapping/troubles.ts'
import { ManualClock } from './manual-clock.ts'

function rig() {
  const clock = new ManualClock()
  const lines: string[] = []
  return { clock, lines, troubles: new Troubles(clock, (line) => lines.push(line)) }
}

test('reports a problem that lasts once, and its end; not one that passes soon', async () => {
  const { clock, lines, troubles } = rig()
  troubles.report('fetch', new Error('away'))
  await clock.advance(1_000)
  troubles.report('fetch', undefined)
  assert.deepEqual(lines, [])
  for (let i = 0; i < 20; i++) {
    troubles.report('fetch', new Error('away'))
    await clock.advance(500)
  }
  assert.deepEqual(lines, ['away; retrying'])
  troubles.report('fetch', undefined)
  troubles.report('fetch', undefined)
  assert.deepEqual(lines, ['away; retrying', 'recovered'])
})

test('reports rejected credentials at once, with the code of Lambda’s API', () => {
  const { lines, troubles } = rig()
  troubles.report('group', new AccessError('SASL authentication failed'))
  assert.deepEqual(lines, ['SASL authentication failed; retrying'])
  assert.equal(troubles.stateReason, 'EVENT_SOURCE_AUTHN_ERROR')
  troubles.report('group', undefined)
  assert.equal(troubles.stateReason, undefined)
})

test('reports one problem of several requests once, and its end when the last has recovered', async () => {
  const { clock, lines, troubles } = rig()
  const refused = (reason: string) =>
    new ConnectionError('the broker cannot be reached', reason, { wasSent: false })
  for (let i = 0; i < 10; i++) {
    troubles.report('group', refused('Connection closed'))
    troubles.report('fetch', refused('connect ECONNREFUSED'))
    troubles.report('commit', refused('Connection closed'))
    await clock.advance(500)
  }
  assert.equal(lines.length, 1)
  troubles.report('group', undefined)
  troubles.report('fetch', undefined)
  assert.equal(lines.length, 1)
  troubles.report('commit', undefined)
  assert.equal(lines.at(-1), 'recovered')
})

test('keeps the code of rejected credentials while other requests succeed', () => {
  const { troubles } = rig()
  troubles.report('group', new ProtocolError(errorCodes.GROUP_AUTHORIZATION_FAILED))
  troubles.report('fetch', new Error('away'))
  troubles.report('fetch', undefined)
  assert.equal(troubles.stateReason, 'EVENT_SOURCE_AUTHZ_ERROR')
})
