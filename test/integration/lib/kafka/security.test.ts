import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { Admin } from '../../../../lib/kafka/admin.ts'
import type { Connection } from '../../../../lib/kafka/client.ts'
import { Credentials } from '../../../../lib/kafka/credentials.ts'
import { ensureTopics } from '../../../../lib/kafka/ensure-topics.ts'
import { LogReader } from '../../../../lib/kafka/log-reader.ts'
import { LineProducer } from '../../../../lib/kafka/producer.ts'
import type { Security } from '../../../../lib/kafka/security.ts'
import { TransactionalProducer } from '../../../../lib/kafka/transactional-producer.ts'
import { Secrets } from '../../../../lib/secrets.ts'
import { startSecureKafka } from '../../../harness/secure-kafka.ts'

const kafka = await startSecureKafka()
for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
  kafka.setScramPassword(mechanism, 'books', 'first')
}
const authority = { file: kafka.authorityFile }
const closing: { close(): unknown }[] = []
after(() => Promise.all(closing.map((client) => client.close())))

const login = (password: string) => ({ username: 'books', password })
const accepted: readonly (Security & { brokers: string })[] = [
  { kind: 'sasl-plain', login: login('plain-password'), authority, brokers: kafka.sasl },
  { kind: 'sasl-scram-256', login: login('first'), authority, brokers: kafka.sasl },
  { kind: 'sasl-scram-512', login: login('first'), authority, brokers: kafka.sasl },
  { kind: 'mtls', identity: kafka.client, authority, brokers: kafka.mutualTls },
]

for (const { brokers, ...security } of accepted) {
  test(`${security.kind}: topics, lines, transactions and reading`, async () => {
    const connection: Connection = { brokers: [brokers], security }
    const topic = `${security.kind}.books`
    const admin = keep(new Admin(connection))
    await ensureTopics(admin, [{ name: topic, partitions: 1, replicationFactor: 1, configs: {} }])
    await admin.offsets(topic)
    const lines = keep(await LineProducer.open(connection, topic))
    const writer = lines.writer(Buffer.from('book'))
    assert.ok(writer.offer(Buffer.from('line')))
    await writer.acknowledged()
    const transactions = keep(await TransactionalProducer.open(connection, `${security.kind}.count.0`))
    await transactions.begin()
    transactions.produce(topic, 0, Buffer.from('book'), Buffer.from('1'))
    await transactions.commit()
    const reader = keep(new LogReader(connection, 'read_committed'))
    const { records } = await reader.read(topic, 0, 0, 10)
    assert.deepEqual(
      records.map(({ value }) => String(value)),
      ['line', '1'],
    )
  })
}

const refused: readonly (Security & { brokers: string })[] = [
  { kind: 'sasl-plain', login: login('wrong'), authority, brokers: kafka.sasl },
  { kind: 'sasl-scram-512', login: login('wrong'), authority, brokers: kafka.sasl },
  { kind: 'mtls', identity: kafka.stranger, authority, brokers: kafka.mutualTls },
  { kind: 'tls', brokers: kafka.mutualTls }, // of an authority that nobody knows
]

test('whoever is refused is told so, and not that the cluster is away', async () => {
  const isRefused = { code: 'KAFKA_REFUSED', retryable: false }
  for (const { brokers, ...security } of refused) {
    const connection = { brokers: [brokers], security }
    await assert.rejects(keep(new Admin(connection)).listTopics(), isRefused)
    await assert.rejects(LineProducer.open(connection, 'any'), isRefused)
  }
  const { brokers, ...security } = refused[0]!
  const connection = { brokers: [brokers], security }
  await assert.rejects(keep(new LogReader(connection, 'read_committed')).read('any', 0, 0, 1), isRefused)
})

test('a token goes over SASL/OAUTHBEARER, which is how MSK takes IAM', async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = Math.floor(Date.now() / 1000)
  const credentials = new Credentials(new Secrets(), async (region) => ({
    tokenValue: `${part({ alg: 'none' })}.${part({ sub: region, iat: seconds, exp: seconds + 900 })}.`,
    lifetime: (seconds + 900) * 1000,
    principal: '',
  }))
  const connection: Connection = {
    brokers: [kafka.oauth],
    security: { kind: 'iam', region: 'eu-central-1', authority },
    credentials,
  }
  const topic = 'oauth.books'
  const admin = keep(new Admin(connection))
  await ensureTopics(admin, [{ name: topic, partitions: 1, replicationFactor: 1, configs: {} }])
  const writer = keep(await LineProducer.open(connection, topic)).writer(Buffer.from('book'))
  assert.ok(writer.offer(Buffer.from('line')))
  await writer.acknowledged()
})

test('a password that was rotated is read again when the cluster refuses the one that is kept', async () => {
  let password = 'first'
  let asked = 0
  const secrets = new Secrets(async () => {
    asked++
    return JSON.stringify({ username: 'books', password })
  })
  const connection: Connection = {
    brokers: [kafka.sasl],
    security: { kind: 'sasl-scram-512', login: { secret: 'arn' }, authority },
    credentials: new Credentials(secrets),
  }
  const admin = keep(new Admin(connection))
  await admin.listTopics()
  kafka.setScramPassword('SCRAM-SHA-512', 'books', 'second')
  password = 'second'
  const fresh = keep(new Admin(connection))
  await fresh.listTopics()
  assert.equal(asked, 2)
  password = 'third'
  kafka.setScramPassword('SCRAM-SHA-512', 'books', 'third')
  keep(await TransactionalProducer.open(connection, 'rotated'))
  assert.equal(asked, 3)
})

function keep<T extends { close(): unknown }>(client: T): T {
  closing.push(client)
  return client
}
