import assert from 'node:assert/strict'
import { after, test } from 'node:test'
import { type ClusterSettings, openCluster } from '../../../books/cluster.ts'
import { Credentials } from '../../../books/credentials.ts'
import { ensureTopics } from '../../../books/ensure-topics.ts'
import type { Security } from '../../../books/security.ts'
import { Admin } from '../../../kafka/admin.ts'
import type { Cluster } from '../../../kafka/cluster/cluster.ts'
import { LogReader } from '../../../kafka/consumer/log-reader.ts'
import { Producer } from '../../../kafka/producer/producer.ts'
import { TransactionalProducer } from '../../../kafka/producer/transactional-producer.ts'
import { Secrets } from '../../../lib/secrets.ts'
import { readRecords } from '../../harness/records.ts'
import { startSecureKafka } from '../../harness/secure-kafka.ts'
import { waitFor } from '../../harness/wait-for.ts'

const kafka = await startSecureKafka()
for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
  kafka.setScramPassword(mechanism, 'books', 'first')
}
const authority = { file: kafka.authorityFile }
const closing: Cluster[] = []
after(() => {
  for (const cluster of closing) cluster.close()
})

const login = (password: string) => ({ username: 'books', password })
const accepted: readonly (Security & { brokers: string })[] = [
  { kind: 'sasl-plain', login: login('plain-password'), authority, brokers: kafka.sasl },
  { kind: 'sasl-scram-256', login: login('first'), authority, brokers: kafka.sasl },
  { kind: 'sasl-scram-512', login: login('first'), authority, brokers: kafka.sasl },
  { kind: 'mtls', identity: kafka.client, authority, brokers: kafka.mutualTls },
]

for (const { brokers, ...security } of accepted) {
  test(`${security.kind}: creates a topic, writes lines, commits a transaction and reads records`, async () => {
    const cluster = open({ brokers: [brokers], security })
    const topic = `${security.kind}.books`
    const admin = new Admin(cluster)
    await ensureTopics(admin, [{ name: topic, partitions: 1, replicationFactor: 1, configs: {} }])
    await admin.offsets(topic)
    const producer = await Producer.open(cluster, topic)
    const writer = producer.writer(Buffer.from('book'))
    assert.ok(writer.offer(Buffer.from('line')))
    await writer.acknowledged()
    const transactions = await TransactionalProducer.open(cluster, `${security.kind}.count.0`)
    transactions.produce(topic, 0, Buffer.from('book'), Buffer.from('1'))
    await transactions.commit()
    // The broker acknowledges a commit before its marker is in the log (KIP-98).
    const reader = new LogReader(cluster, 'read_committed')
    const records = await waitFor(() => readRecords(reader, topic, 0, 0), {
      within: 30_000,
      until: ({ length }) => length === 2,
    })
    assert.deepEqual(
      records.map(({ value }) => String(value)),
      ['line', '1'],
    )
  })
}

const refused: readonly (Security & { brokers: string })[] = [
  { kind: 'sasl-plain', login: login('wrong'), authority, brokers: kafka.sasl },
  { kind: 'sasl-scram-512', login: login('wrong'), authority, brokers: kafka.sasl },
  { kind: 'mtls', identity: kafka.untrusted, authority, brokers: kafka.mutualTls },
  { kind: 'tls', brokers: kafka.mutualTls }, // of an unknown authority
  { kind: 'plaintext', brokers: kafka.sasl },
  { kind: 'tls', authority, brokers: kafka.plaintext },
]

test('reports a rejected client with KAFKA_REFUSED, not as an unreachable cluster', async () => {
  const isRefused = { code: 'KAFKA_REFUSED', retryable: false }
  for (const { brokers, ...security } of refused) {
    const settings = { brokers: [brokers], security }
    await assert.rejects(new Admin(open(settings)).listTopics(), isRefused)
    await assert.rejects(Producer.open(open(settings), 'any'), isRefused)
  }
  const { brokers, ...security } = refused[0]!
  const reader = new LogReader(open({ brokers: [brokers], security }), 'read_committed')
  await assert.rejects(readRecords(reader, 'any', 0, 0), isRefused)
})

test('sends a token over SASL/OAUTHBEARER, as MSK requires for IAM', async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
  const seconds = Math.floor(Date.now() / 1000)
  const credentials = new Credentials(new Secrets(), async (region) => ({
    tokenValue: `${part({ alg: 'none' })}.${part({ sub: region, iat: seconds, exp: seconds + 900 })}.`,
    lifetime: (seconds + 900) * 1000,
    principal: '',
  }))
  const cluster = open({
    brokers: [kafka.oauth],
    security: { kind: 'iam', region: 'eu-central-1', authority },
    credentials,
  })
  const topic = 'oauth.books'
  await ensureTopics(new Admin(cluster), [{ name: topic, partitions: 1, replicationFactor: 1, configs: {} }])
  const writer = (await Producer.open(cluster, topic)).writer(Buffer.from('book'))
  assert.ok(writer.offer(Buffer.from('line')))
  await writer.acknowledged()
})

test('reads a rotated password again when the cluster rejects the cached one', async () => {
  let password = 'first'
  let calls = 0
  const secrets = new Secrets(async () => {
    calls++
    return JSON.stringify({ username: 'books', password })
  })
  const settings: ClusterSettings = {
    brokers: [kafka.sasl],
    security: { kind: 'sasl-scram-512', login: { secret: 'arn' }, authority },
    credentials: new Credentials(secrets),
  }
  await new Admin(open(settings)).listTopics()
  kafka.setScramPassword('SCRAM-SHA-512', 'books', 'second')
  password = 'second'
  await new Admin(open(settings)).listTopics()
  assert.equal(calls, 2)
  password = 'third'
  kafka.setScramPassword('SCRAM-SHA-512', 'books', 'third')
  await TransactionalProducer.open(open(settings), 'rotated')
  assert.equal(calls, 3)
})

function open(settings: ClusterSettings): Cluster {
  const cluster = openCluster(settings)
  closing.push(cluster)
  return cluster
}
