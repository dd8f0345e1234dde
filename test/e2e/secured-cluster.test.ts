/** `npm start` with a cluster that requires TLS and credentials ingests and counts uploads as usual. */
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, it } from 'node:test'
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3'
import { withoutJavac } from '../harness/broker-plugins.ts'
import { s3ClientFor } from '../harness/bucket.ts'
import { kcatRecords, withoutKcat } from '../harness/kcat.ts'
import { temporaryFolder } from '../harness/names.ts'
import { signal } from '../harness/process-tree.ts'
import { type SecureKafka, startSecureKafka } from '../harness/secure-kafka.ts'
import { newSystem, type System } from '../harness/system.ts'
import { waitFor } from '../harness/wait-for.ts'

const lines = 500

/** The broker ends a SASL session that the client does not renew (KIP-368). */
const sessionMs = 10_000
const reauthentication = {
  'listener.name.sasl.connections.max.reauth.ms': sessionMs,
  'listener.name.oauth.connections.max.reauth.ms': sessionMs,
}

describe('npm start with a secured cluster', { skip: withoutKcat || withoutJavac }, () => {
  let kafka: SecureKafka

  before(async () => {
    kafka = await startSecureKafka({ msk: true, properties: reauthentication })
    kafka.setScramPassword('SCRAM-SHA-512', 'books', 'scram-password')
  })

  for (const { name, settings, hasSessions } of [
    {
      name: 'SCRAM over TLS with a private certificate authority',
      hasSessions: true,
      settings: () => ({
        BROKERS: kafka.sasl,
        KAFKA_SECURITY: 'sasl-scram-512',
        KAFKA_USERNAME: 'books',
        KAFKA_PASSWORD: 'scram-password',
      }),
    },
    {
      name: 'PLAIN over TLS',
      hasSessions: false, // SCRAM's case tests this listener
      settings: () => ({
        BROKERS: kafka.sasl,
        KAFKA_SECURITY: 'sasl-plain',
        KAFKA_USERNAME: 'books',
        KAFKA_PASSWORD: 'plain-password',
      }),
    },
    {
      name: 'mutual TLS',
      hasSessions: false,
      settings: () => ({
        BROKERS: kafka.mutualTls,
        KAFKA_SECURITY: 'mtls',
        KAFKA_CERTIFICATE_FILE: kafka.client.certificateFile,
        KAFKA_PRIVATE_KEY_FILE: kafka.client.privateKeyFile,
      }),
    },
    {
      name: "tokens of Amazon MSK's IAM, signed with the credentials of an AWS profile",
      hasSessions: true,
      settings: () => ({
        BROKERS: kafka.oauth,
        KAFKA_SECURITY: 'iam',
        AWS_REGION: 'eu-central-1',
        AWS_PROFILE: 'books',
        AWS_SHARED_CREDENTIALS_FILE: profileFile(),
      }),
    },
  ] as const) {
    it(`counts uploads with ${name}`, async (t) => {
      const system = await newSystem({ ...settings(), KAFKA_CA_FILE: kafka.authorityFile })
      const s3 = s3ClientFor(system.config.s3Endpoint)
      t.after(async () => {
        s3.destroy()
        await system.stop()
      })
      const counted: Record<string, string> = {}
      const count = async () => {
        const key = `${Object.keys(counted).length}.txt`
        await put(system, s3, key)
        counted[key] = String(lines)
        await countsBecome(system, counted)
      }
      await system.start()
      assert.match(system.output(), /^Ready/m)
      await count()
      await count()
      if (!hasSessions) return
      const threeSessions = performance.now() + 3 * sessionMs
      while (performance.now() < threeSessions) await count()
      await freeze(system, sessionMs + 5_000)
      await count()
      assert.doesNotMatch(readFileSync(join(system.config.dataDir, 'functions.log'), 'utf8'), /KAFKA_REFUSED/)
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
      { within: 90_000, every: 300 },
    )
  }
})

async function put(system: System, s3: S3Client, key: string): Promise<void> {
  const Body = Array.from({ length: lines }, (_, i) => `line ${i}\n`).join('')
  await s3.send(new PutObjectCommand({ Bucket: system.config.bucket, Key: key, Body }))
}

/** Stops the containers for `ms`, as Lambda does between invocations. */
async function freeze(system: System, ms: number): Promise<void> {
  const containers = [...system.pids('count'), ...system.pids('ingest')]
  assert.ok(containers.length >= 2)
  for (const pid of containers) signal(pid, 'SIGSTOP')
  const thaw = performance.now() + ms
  await waitFor(() => performance.now() > thaw, { within: 2 * ms })
  for (const pid of containers) signal(pid, 'SIGCONT')
}

function profileFile(): string {
  const file = join(temporaryFolder(), 'credentials')
  writeFileSync(file, `[books]\naws_access_key_id = AKIDEXAMPLE\naws_secret_access_key = secret\n`)
  return file
}
