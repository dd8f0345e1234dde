import assert from 'node:assert/strict'
import { test } from 'node:test'
import { clusterAccess } from '../../../cli/cluster.ts'

const brokers = ['b-1:9098']

test('the wire client proves who asks as the others do', () => {
  assert.deepEqual(clusterAccess(brokers, {}), { brokers })
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'secret' } as const
  assert.deepEqual(clusterAccess(brokers, { sasl, tls: { ca: 'authority' } }), {
    brokers,
    sasl,
    tls: { ca: 'authority' },
  })
})

test('with MSK’s IAM each connection gets a new token', async () => {
  let made = 0
  const newToken = async () => ({ tokenValue: `token ${++made}`, lifetime: 1, principal: '' })
  const { sasl, tls } = clusterAccess(brokers, { tls: {}, sasl: { mechanism: 'OAUTHBEARER', newToken } })
  assert.deepEqual(tls, {})
  assert.ok(sasl?.mechanism === 'OAUTHBEARER')
  assert.deepEqual([await sasl.token(), await sasl.token()], ['token 1', 'token 2'])
})
