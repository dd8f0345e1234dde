import assert from 'node:assert/strict'
import { test } from 'node:test'
import { rootCertificates } from 'node:tls'
import { clientConfig } from '../../../../lib/kafka/client-config.ts'

const common = clientConfig(['b-1:9092', 'b-2:9092'], {})

/** What the native client is told beyond what it is always told. */
function beyond(access: Parameters<typeof clientConfig>[1]) {
  const config = Object.entries(clientConfig(['b-1:9092', 'b-2:9092'], access))
  return Object.fromEntries(config.filter(([name, value]) => common[name] !== value))
}

test('in plaintext it is told where the brokers are', () => {
  assert.equal(common['metadata.broker.list'], 'b-1:9092,b-2:9092')
  assert.equal(common['security.protocol'], undefined)
})

test('TLS alone trusts what Node trusts, unless an authority is given', () => {
  assert.deepEqual(beyond({ tls: {} }), {
    'security.protocol': 'ssl',
    'ssl.ca.pem': rootCertificates.join('\n'),
  })
  assert.deepEqual(
    beyond({ tls: { ca: 'authority', cert: 'certificate', key: 'key', passphrase: 'secret' } }),
    {
      'security.protocol': 'ssl',
      'ssl.ca.pem': 'authority',
      'ssl.certificate.pem': 'certificate',
      'ssl.key.pem': 'key',
      'ssl.key.password': 'secret',
    },
  )
})

test('a login goes over TLS', () => {
  const sasl = { mechanism: 'SCRAM-SHA-512', username: 'me', password: 'secret' } as const
  assert.deepEqual(beyond({ tls: { ca: 'authority' }, sasl }), {
    'security.protocol': 'sasl_ssl',
    'ssl.ca.pem': 'authority',
    'sasl.mechanisms': 'SCRAM-SHA-512',
    'sasl.username': 'me',
    'sasl.password': 'secret',
  })
})

test('tokens are made when the client asks for one, and it connects as slowly as MSK wants', async () => {
  const newToken = async () => ({ tokenValue: 'token', lifetime: 1, principal: '' })
  const config = beyond({ tls: {}, sasl: { mechanism: 'OAUTHBEARER', newToken } })
  const refresh = config.oauthbearer_token_refresh_cb as typeof newToken
  assert.equal((await refresh()).tokenValue, 'token')
  assert.equal(config['sasl.mechanisms'], 'OAUTHBEARER')
  assert.equal(config['reconnect.backoff.ms'], 1_000)
})
