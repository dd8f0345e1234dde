import assert from 'node:assert/strict'
import { test } from 'node:test'
import { readSecurity, securityEnvironment } from '../../../books/security.ts'
import { type Env, Settings } from '../../../lib/settings.ts'

const secret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_books-a1B2c3'

function read(env: Env) {
  const settings = new Settings(env)
  const security = readSecurity(settings)
  settings.settle()
  return security
}

test('uses plaintext without settings', () => {
  assert.deepEqual(read({}), { kind: 'plaintext' })
})

test('reads credentials from a secret or from the environment', () => {
  assert.deepEqual(read({ KAFKA_SECURITY: 'sasl-scram-512', KAFKA_SECRET: secret }), {
    kind: 'sasl-scram-512',
    login: { secret },
  })
  assert.deepEqual(
    read({
      KAFKA_SECURITY: 'sasl-plain',
      KAFKA_USERNAME: 'me',
      KAFKA_PASSWORD: 'x',
      KAFKA_CA_FILE: 'ca.pem',
    }),
    { kind: 'sasl-plain', login: { username: 'me', password: 'x' }, authority: { file: 'ca.pem' } },
  )
  assert.deepEqual(read({ KAFKA_SECURITY: 'mtls', KAFKA_SECRET: secret, KAFKA_CA_SECRET: secret }), {
    kind: 'mtls',
    identity: { secret },
    authority: { secret },
  })
  assert.deepEqual(read({ KAFKA_SECURITY: 'iam', AWS_REGION: 'eu-central-1' }), {
    kind: 'iam',
    region: 'eu-central-1',
  })
  assert.deepEqual(
    read({
      KAFKA_SECURITY: 'iam',
      AWS_REGION: 'us-east-1',
      KAFKA_AWS_REGION: 'eu-central-1',
      KAFKA_AWS_ACCESS_KEY_ID: 'id',
      KAFKA_AWS_SECRET_ACCESS_KEY: 'key',
    }),
    { kind: 'iam', region: 'eu-central-1', keys: { accessKeyId: 'id', secretAccessKey: 'key' } },
  )
})

for (const [env, missing] of [
  [{ KAFKA_SECURITY: 'sasl' }, /KAFKA_SECURITY must be plaintext or tls or/],
  [{ KAFKA_SECURITY: 'sasl-plain', KAFKA_USERNAME: 'me' }, /needs KAFKA_SECRET.*or KAFKA_USERNAME and/],
  [{ KAFKA_SECURITY: 'sasl-plain', KAFKA_SECRET: 'books' }, /KAFKA_SECRET must be the ARN of a secret/],
  [{ KAFKA_SECURITY: 'mtls' }, /needs KAFKA_SECRET.*KAFKA_CERTIFICATE_FILE/],
  [{ KAFKA_SECURITY: 'iam' }, /needs AWS_REGION/],
  [
    { KAFKA_SECURITY: 'iam', AWS_REGION: 'eu-central-1', KAFKA_AWS_ACCESS_KEY_ID: 'id' },
    /KAFKA_AWS_ACCESS_KEY_ID and KAFKA_AWS_SECRET_ACCESS_KEY must be set together/,
  ],
] as const) {
  test(`rejects ${JSON.stringify(env)} with the reason`, () => {
    assert.throws(() => read(env), { code: 'CONFIG_INVALID', message: missing })
  })
}

for (const env of [
  {},
  { KAFKA_SECURITY: 'tls', KAFKA_CA_SECRET: secret },
  { KAFKA_SECURITY: 'iam', AWS_REGION: 'eu-central-1' },
  { KAFKA_SECURITY: 'sasl-plain', KAFKA_USERNAME: 'me', KAFKA_PASSWORD: 'x', KAFKA_CA_FILE: '/ca.pem' },
  { KAFKA_SECURITY: 'sasl-scram-512', KAFKA_SECRET: secret },
  {
    KAFKA_SECURITY: 'sasl-scram-512',
    KAFKA_SECRET: secret,
    KAFKA_AWS_ACCESS_KEY_ID: 'id',
    KAFKA_AWS_SECRET_ACCESS_KEY: 'key',
    KAFKA_AWS_SESSION_TOKEN: 'token',
  },
  {
    KAFKA_SECURITY: 'mtls',
    KAFKA_CERTIFICATE_FILE: '/me.pem',
    KAFKA_PRIVATE_KEY_FILE: '/me.key',
    KAFKA_PRIVATE_KEY_PASSWORD: 'x',
  },
] as const) {
  test(`writes the variables that it reads: ${JSON.stringify(env)}`, () => {
    const security = read(env)
    assert.deepEqual(read(securityEnvironment(security)), security)
  })
}

test('makes relative files absolute', () => {
  const security = read({ KAFKA_SECURITY: 'tls', KAFKA_CA_FILE: 'ca.pem' })
  assert.equal(securityEnvironment(security, '/service').KAFKA_CA_FILE, '/service/ca.pem')
})
