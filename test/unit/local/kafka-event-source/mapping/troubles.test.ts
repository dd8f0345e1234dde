import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Troubles } from '../../../../../local/kafka-event-source/mapping/troubles.ts'
import { ManualClock } from './manual-clock.ts'

function rig() {
  const clock = new ManualClock()
  const lines: string[] = []
  return { clock, lines, troubles: new Troubles(clock, (line) => lines.push(line)) }
}

test('what passes soon is not said; what lasts is said once, and its end', async () => {
  const { clock, lines, troubles } = rig()
  troubles.report('fetch', new Error('away'))
  await clock.advance(1_000)
  troubles.report('fetch', undefined)
  assert.deepEqual(lines, [])
  for (let i = 0; i < 20; i++) {
    troubles.report('fetch', new Error('away'))
    await clock.advance(500)
  }
  assert.deepEqual(lines, ['away; trying on'])
  troubles.report('fetch', undefined)
  troubles.report('fetch', undefined)
  assert.deepEqual(lines, ['away; trying on', 'all is well again'])
})

test('a refused password is said at once, with the Lambda API’s code', () => {
  const { lines, troubles } = rig()
  troubles.report('group', Object.assign(new Error('refused'), { apiId: 'SASL_AUTHENTICATION_FAILED' }))
  assert.deepEqual(lines, ['SASL_AUTHENTICATION_FAILED; trying on'])
  assert.equal(troubles.stateReason, 'EVENT_SOURCE_AUTHN_ERROR')
  troubles.report('group', undefined)
  assert.equal(troubles.stateReason, undefined)
})

test('several that meet the same trouble say it once, and its end once, when the last is well', async () => {
  const { clock, lines, troubles } = rig()
  const refused = (message: string) => Object.assign(new Error(message), { code: 'PLT_KFK_NETWORK' })
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
  assert.equal(lines.at(-1), 'all is well again')
})

test('a refused password stands while something else is well', () => {
  const { troubles } = rig()
  troubles.report('group', Object.assign(new Error('refused'), { apiId: 'GROUP_AUTHORIZATION_FAILED' }))
  troubles.report('fetch', new Error('away'))
  troubles.report('fetch', undefined)
  assert.equal(troubles.stateReason, 'EVENT_SOURCE_AUTHZ_ERROR')
})
