import assert from 'node:assert/strict'
import { test } from 'node:test'
import { settingsOf } from '../../../../cli/options/kafka-properties.ts'

test('converts properties of librdkafka to settings', () => {
  assert.deepEqual(
    settingsOf([
      ['bootstrap.servers', 'a:1,b:2'],
      ['security.protocol', 'sasl_ssl'],
      ['sasl.mechanisms', 'SCRAM-SHA-512'],
      ['sasl.username', 'me'],
      ['sasl.password', 'secret'],
      ['ssl.ca.location', 'ca.pem'],
    ]),
    {
      BROKERS: 'a:1,b:2',
      KAFKA_SECURITY: 'sasl-scram-512',
      KAFKA_USERNAME: 'me',
      KAFKA_PASSWORD: 'secret',
      KAFKA_CA_FILE: 'ca.pem',
    },
  )
  assert.equal(settingsOf([['security.protocol', 'SSL']]).KAFKA_SECURITY, 'tls')
  const certificate = ['ssl.certificate.location', 'c.pem'] as const
  assert.equal(settingsOf([['security.protocol', 'SSL'], certificate]).KAFKA_SECURITY, 'mtls')
  assert.equal(settingsOf([['sasl.mechanism', 'PLAIN']]).KAFKA_SECURITY, 'sasl-plain')
  assert.deepEqual(settingsOf([]), {})
})

test('rejects an unsupported property or value, and lists the supported ones', () => {
  assert.throws(
    () => settingsOf([['linger.ms', '5']]),
    /"linger\.ms" is not supported\. -X accepts .*sasl\.username/,
  )
  assert.throws(
    () => settingsOf([['security.protocol', 'SASL_PLAINTEXT']]),
    /it must be PLAINTEXT, SSL or SASL_SSL/,
  )
  assert.throws(() => settingsOf([['sasl.mechanisms', 'GSSAPI']]), /it must be PLAIN or SCRAM/)
})
