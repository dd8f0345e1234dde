/** `npm start` beside a cluster that wants TLS and credentials: uploads are ingested and counted as on a plain one. */
import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { s3ClientFor } from '../harness/bucket.ts'
import { kcatRecords, withoutKcat } from '../harness/kcat.ts'
import { type SecureKafka, startSecureKafka } from '../harness/secure-kafka.ts'
import { newSystem, type System } from '../harness/system.ts'
import { waitFor } from '../harness/wait-for.ts'

const lines = 500

/** Sessions end after 20 s (KIP-368), several times while lines flow. */
const reauthentication = { 'listener.name.sasl.connections.max.reauth.ms': 20_000 }

describe('npm start beside a secured cluster', { skip: withoutKcat }, () => {
  let kafka: SecureKafka

  before(async () => {
    kafka = await startSecureKafka({ properties: reauthentication })
    kafka.setScramPassword('SCRAM-SHA-512', 'books', 'scram-password')
  })

  for (const [name, settings] of [
    [
      'SCRAM over TLS with an authority of its own',
      () => ({
        BROKERS: kafka.sasl,
        KAFKA_SECURITY: 'sasl-scram-512',
        KAFKA_USERNAME: 'books',
        KAFKA_PASSWORD: 'scram-password',
      }),
    ],
    [
      'PLAIN over TLS',
      () => ({
        BROKERS: kafka.sasl,
        KAFKA_SECURITY: 'sasl-plain',
        KAFKA_USERNAME: 'books',
        KAFKA_PASSWORD: 'plain-password',
      }),
    ],
    [
      'mutual TLS',
      () => ({
        BROKERS: kafka.mutualTls,
        KAFKA_SECURITY: 'mtls',
        KAFKA_CERTIFICATE_FILE: kafka.client.certificateFile,
        KAFKA_PRIVATE_KEY_FILE: kafka.client.privateKeyFile,
      }),
    ],
  ] as const) {
    it(`counts an upload with ${name}`, async (t) => {
      const system = await newSystem({ ...settings(), KAFKA_CA_FILE: kafka.authorityFile })
      const s3 = s3ClientFor(system.config.s3Endpoint)
      t.after(async () => {
        s3.destroy()
        await system.stop()
      })
      await system.start()
      await put(system, s3, 'first.txt')
      await countsBecome(system, { 'first.txt': String(lines) })
      await put(system, s3, 'second.txt')
      await countsBecome(system, { 'first.txt': String(lines), 'second.txt': String(lines) })
      assert.match(system.output(), /^Ready/m)
    })
  }

  async function countsBecome(system: System, expected: Readonly<Record<string, string>>): Promise<void> {
    await waitFor(
      async () => {
        const records = await kcatRecords(kafka.plaintext, system.config.topics.bookCount)
        const last = Object.fromEntries(records.map(({ key, value }) => [String(key), String(value)]))
        assert.deepEqual(last, expected)
        return true
      },
      { within: 90_000 },
    )
  }
})

async function put(system: System, s3: S3Client, key: string): Promise<void> {
  const Body = Array.from({ length: lines }, (_, i) => `line ${i}\n`).join('')
  await s3.send(new PutObjectCommand({ Bucket: system.config.bucket, Key: key, Body }))
}
