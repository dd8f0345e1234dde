import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { before, test } from 'node:test'
import { kafkaEvent, newTopic, recordingService, seen, startService } from '../../../harness/event-source.ts'
import { withoutKcat } from '../../../harness/kcat.ts'
import { produce } from '../../../harness/produce.ts'
import { type SecureKafka, startSecureKafka } from '../../../harness/secure-kafka.ts'
import { waitFor } from '../../../harness/wait-for.ts'
import { startAwsEndpoint } from './aws-endpoint.ts'

const options = { skip: withoutKcat }
const secretArn = (name: string) => `arn:aws:secretsmanager:us-east-1:123456789012:secret:${name}-AbCdEf`

let kafka: SecureKafka
before(async () => {
  kafka = await startSecureKafka()
  kafka.setScramPassword('SCRAM-SHA-256', 'books', 'sha256-password')
  kafka.setScramPassword('SCRAM-SHA-512', 'books', 'sha512-password')
})

const authority = () => ({ certificate: readFileSync(kafka.authorityFile, 'utf8') })

type Access = Readonly<Record<string, string>>

/** Starts a mapping with these secrets, by name. `read` returns its first record. */
async function read(
  t: Parameters<typeof startService>[0],
  listener: string,
  accessConfigurations: Access,
  secrets: Readonly<Record<string, object>>,
  custom: object = {},
) {
  const topic = await newTopic({ brokers: kafka.plaintext })
  await produce(topic, ['secret'])
  const { serviceDir, seenFile } = recordingService('see(recordsOf(event).map(textOf))')
  const event = kafkaEvent(topic, {
    bootstrapServers: [listener],
    accessConfigurations: Object.fromEntries(
      Object.entries(accessConfigurations).map(([key, name]) => [key, secretArn(name)]),
    ),
  })
  const byArn = Object.fromEntries(Object.entries(secrets).map(([name, secret]) => [secretArn(name), secret]))
  const service = await startService(t, {
    serviceDir,
    custom: { secrets: byArn, ...custom },
    functions: { fn: { handler: 'fn.handler', events: [event] } },
  })
  const first = () => seen<string[]>(seenFile).flat()[0]
  const read = () =>
    waitFor(first, { within: 60_000 }).catch((cause: unknown) => {
      throw new Error(service.lines.join('\n'), { cause })
    })
  return { ...service, read }
}

const mechanisms = [
  ['saslPlainAuth', 'PLAIN', 'plain-password'],
  ['saslScram256Auth', 'SCRAM-SHA-256', 'sha256-password'],
  ['saslScram512Auth', 'SCRAM-SHA-512', 'sha512-password'],
] as const

for (const [key, name, password] of mechanisms) {
  test(`${key}: SASL ${name} over TLS with a private certificate authority`, options, async (t) => {
    const secrets = { user: { username: 'books', password }, ca: authority() }
    const service = await read(t, kafka.sasl, { [key]: 'user', serverRootCaCertificate: 'ca' }, secrets)
    assert.equal(await service.read(), 'secret')
  })
}

test('clientCertificateTlsAuth: mutual TLS', options, async (t) => {
  const pem = {
    certificate: readFileSync(kafka.client.certificateFile, 'utf8'),
    privateKey: readFileSync(kafka.client.privateKeyFile, 'utf8'),
  }
  const access = { clientCertificateTlsAuth: 'client', serverRootCaCertificate: 'ca' }
  const service = await read(t, kafka.mutualTls, access, { client: pem, ca: authority() })
  assert.equal(await service.read(), 'secret')
})

test(
  'clientCertificateTlsAuth: a private key in the encryption that AWS requires, PKCS #8 with PBES1',
  options,
  async (t) => {
    const args = ['pkcs8', '-topk8', '-v1', 'PBE-SHA1-3DES', '-passout', 'pass:of the key']
    const encrypted = execFileSync('openssl', [...args, '-in', kafka.client.privateKeyFile], {
      encoding: 'utf8',
    })
    assert.match(encrypted, /BEGIN ENCRYPTED PRIVATE KEY/)
    const certificate = readFileSync(kafka.client.certificateFile, 'utf8')
    const access = { clientCertificateTlsAuth: 'client', serverRootCaCertificate: 'ca' }
    const client = { certificate, privateKey: encrypted, privateKeyPassword: 'of the key' }
    const service = await read(t, kafka.mutualTls, access, { client, ca: authority() })
    assert.equal(await service.read(), 'secret')
  },
)

test('reports a wrong password immediately, as EVENT_SOURCE_AUTHN_ERROR', options, async (t) => {
  const secrets = { user: { username: 'books', password: 'wrong' }, ca: authority() }
  const access = { saslScram512Auth: 'user', serverRootCaCertificate: 'ca' }
  const { lines, mapping } = await read(t, kafka.sasl, access, secrets)
  await waitFor(() => lines.some((line) => line.includes('SASL authentication failed')), { within: 60_000 })
  assert.equal(mapping.stateReason, 'EVENT_SOURCE_AUTHN_ERROR')
})

test('reads secrets from Secrets Manager', options, async (t) => {
  const aws = await startAwsEndpoint(t)
  aws.secrets.set(secretArn('user'), JSON.stringify({ username: 'books', password: 'sha512-password' }))
  aws.secrets.set(secretArn('ca'), JSON.stringify(authority()))
  const access = { saslScram512Auth: 'user', serverRootCaCertificate: 'ca' }
  const custom = { secretsManager: true, endpoint: aws.endpoint }
  const service = await read(t, kafka.sasl, access, {}, custom)
  assert.equal(await service.read(), 'secret')
})

test('connects to a local broker without credentials if their secret is unknown', options, async (t) => {
  const service = await read(t, kafka.plaintext, { saslScram512Auth: 'user' }, {})
  assert.equal(await service.read(), 'secret')
  assert.ok(service.lines.some((line) => line.includes('connects without SASL_SCRAM_512_AUTH')))
})
