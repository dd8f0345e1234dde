import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessOf } from '../../../cli/cluster.ts'

const brokers = ['b-1:9098']

test('the wire client gets what the native one is configured with', async () => {
  assert.deepEqual(accessOf(brokers, {}), { brokers })
  const scram = {
    'security.protocol': 'sasl_ssl',
    'sasl.mechanisms': 'SCRAM-SHA-512',
    'sasl.username': 'me',
    'sasl.password': 'secret',
    'ssl.ca.pem': 'authority',
  }
  assert.deepEqual(accessOf(brokers, scram), {
    brokers,
    sasl: { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'secret' },
    tls: { ca: 'authority' },
  })
  const mutual = {
    'security.protocol': 'ssl',
    'ssl.certificate.pem': 'certificate',
    'ssl.key.pem': 'key',
    'ssl.key.password': 'secret',
  }
  assert.deepEqual(accessOf(brokers, mutual), {
    brokers,
    tls: { cert: 'certificate', key: 'key', passphrase: 'secret' },
  })
})

test('with MSK’s IAM each connection gets a new token', async () => {
  let made = 0
  const { sasl, tls } = accessOf(brokers, {
    'security.protocol': 'sasl_ssl',
    'sasl.mechanisms': 'OAUTHBEARER',
    oauthbearer_token_refresh_cb: async () => ({ tokenValue: `token ${++made}`, lifetime: 1, principal: '' }),
  })
  assert.deepEqual(tls, {})
  assert.ok(sasl?.mechanism === 'OAUTHBEARER')
  assert.deepEqual([await sasl.token(), await sasl.token()], ['token 1', 'token 2'])
})
