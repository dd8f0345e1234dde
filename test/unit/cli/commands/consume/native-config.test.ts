import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { clientConfig } from '../../../../../cli/commands/consume/native-config.ts'

const common = clientConfig(['b-1:9092', 'b-2:9092'], {})

/** The settings that this access adds. */
function added(access: Parameters<typeof clientConfig>[1]) {
  const config = Object.entries(clientConfig(['b-1:9092', 'b-2:9092'], access))
  return Object.fromEntries(config.filter(([name, value]) => common[name] !== value))
}

test('sets the brokers and no security protocol for plaintext', () => {
  assert.equal(common['metadata.broker.list'], 'b-1:9092,b-2:9092')
  assert.equal(common['security.protocol'], undefined)
})

test('trusts the authorities that Node trusts, unless one is given', () => {
  assert.deepEqual(added({ tls: {} }), {
    'security.protocol': 'ssl',
    'ssl.ca.pem': rootCertificates.join('\n'),
  })
  assert.deepEqual(
    added({ tls: { ca: 'authority', cert: 'certificate', key: 'key', passphrase: 'secret' } }),
    {
      'security.protocol': 'ssl',
      'ssl.ca.pem': 'authority',
      'ssl.certificate.pem': 'certificate',
      'ssl.key.pem': 'key',
      'ssl.key.password': 'secret',
    },
  )
})

test('sends credentials over TLS', () => {
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'secret' } as const
  assert.deepEqual(added({ tls: { ca: 'authority' }, sasl }), {
    'security.protocol': 'sasl_ssl',
    'ssl.ca.pem': 'authority',
    'sasl.mechanisms': 'SCRAM-SHA-512',
    'sasl.username': 'me',
    'sasl.password': 'secret',
  })
})

test('makes a token at each request of the client, and reconnects at the rate that MSK allows', async () => {
  const newToken = async () => ({ tokenValue: 'token', lifetime: 1, principal: '' })
  const config = added({ tls: {}, sasl: { mechanism: 'OAUTHBEARER', newToken } })
  const refresh = config.oauthbearer_token_refresh_cb as typeof newToken
  assert.equal((await refresh()).tokenValue, 'token')
  assert.equal(config['sasl.mechanisms'], 'OAUTHBEARER')
  assert.equal(config['reconnect.backoff.ms'], 1_000)
})
