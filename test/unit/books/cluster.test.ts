import assert from 'node:assert/strict'
import { test } from 'node:test'
import { accessSource } from '../../../books/cluster.ts'
import { Credentials } from '../../../books/credentials.ts'
import { Secrets } from '../../../lib/secrets.ts'

const brokers = ['b-1:9096']
const secret = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:AmazonMSK_books-a1B2c3'

/** Credentials from a secret whose password changes at each read. */
function rotated() {
  let reads = 0
  const secrets = new Secrets(async () => JSON.stringify({ username: 'me', password: `password ${++reads}` }))
  return new Credentials(secrets)
}

test('reads a secret once, and again after a refresh', async () => {
  const access = accessSource({
    brokers,
    security: { kind: 'sasl-scram-512', login: { secret } },
    credentials: rotated(),
  })
  const sasl = (number: number) => ({
    mechanism: 'SCRAM-SHA-512',
    username: 'me',
    password: `password ${number}`,
  })
  assert.deepEqual((await access.get()).sasl, sasl(1))
  assert.deepEqual((await access.get()).sasl, sasl(1))
  assert.equal(access.refresh(), true)
  assert.deepEqual((await access.get()).sasl, sasl(2))
})

test('cannot refresh credentials from the environment', async () => {
  const login = { username: 'me', password: 'x' }
  const access = accessSource({ brokers, security: { kind: 'sasl-plain', login } })
  assert.deepEqual((await access.get()).sasl, { mechanism: 'PLAIN', ...login })
  assert.equal(access.refresh(), false)
})

test('uses plaintext without security settings', async () => {
  const access = accessSource({ brokers })
  assert.deepEqual(await access.get(), {})
  assert.equal(access.refresh(), false)
})

test('makes a new token for each connection with IAM', async () => {
  let made = 0
  const newToken = async (region: string) => ({
    tokenValue: `${region} ${++made}`,
    lifetime: 1,
    principal: '',
  })
  const credentials = new Credentials(new Secrets(), newToken)
  const access = accessSource({ brokers, security: { kind: 'iam', region: 'eu-central-1' }, credentials })
  const { sasl, tls } = await access.get()
  assert.deepEqual(tls, {})
  assert.ok(sasl?.mechanism === 'OAUTHBEARER')
  const tokens = [await sasl.newToken(), await sasl.newToken()].map(({ tokenValue }) => tokenValue)
  assert.deepEqual(tokens, ['eu-central-1 1', 'eu-central-1 2'])
})
