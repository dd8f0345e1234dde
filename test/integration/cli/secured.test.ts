/** Tests the command line on secured clusters, with the same settings as the functions. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { books, booksWithInput } from '../../harness/books.ts'
import { kcatRecords, withoutKcat } from '../../harness/kcat.ts'
import { uniqueUserid } from '../../harness/names.ts'
import { type SecureKafka, startSecureKafka } from '../../harness/secure-kafka.ts'

const lines = 'a:1\nb:1\na:2\n'

test('each kind of security works for topics, messages, groups and counts', {
  skip: withoutKcat,
}, async (t) => {
  const kafka = await startSecureKafka()
  for (const mechanism of ['SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)
    kafka.setScramPassword(mechanism, 'books', 'scram-password')
  for (const [security, settings] of Object.entries(securedBy(kafka))) {
    await t.test(security, async () => {
      const USERID = uniqueUserid()
      const env = { USERID, KAFKA_SECURITY: security, KAFKA_CA_FILE: kafka.authorityFile, ...settings }
      const run = async (...args: string[]) => {
        const { stdout, stderr, code } = await books(env, ...args)
        assert.equal(code, 0, stderr)
        return stdout
      }
      const topics = ['books', 'book-count', 'book-count-state'].map((name) => `${USERID}.${name}`)
      assert.equal(await run('topics', 'create'), topics.map((name) => `${name} created\n`).join(''))
      assert.equal(await run('topics', 'list'), topics.toSorted().join('\n').concat('\n'))
      assert.equal((await booksWithInput(env, lines, 'produce', 'books', '--key-separator', ':')).code, 0)
      // Read by another client on a listener without credentials.
      const records = await kcatRecords(kafka.plaintext, topics[0]!)
      const expected = records.map(
        ({ partition, offset, key, value }) => `${partition} ${offset} ${key} ${value}`,
      )
      assert.equal(expected.length, 3)
      const all = ['consume', 'books', '--from-beginning', '--until-end', '--format', '%p %o %k %v']
      for (const args of [all, [...all, '--group', 'g']]) {
        const found = (await run(...args)).trimEnd().split('\n')
        assert.deepEqual(found.sort(), expected.toSorted())
      }
      const described = JSON.parse(await run('topics', 'describe', 'books', '--json'))
      assert.equal(described.settings['retention.ms'], '-1')
      await run('count', '--until-end')
      assert.equal(await run('counts', '--json'), '{"book":"a","lines":2}\n{"book":"b","lines":1}\n')
      await run('topics', 'delete', '--yes')
    })
  }

  await t.test('reports rejected credentials and certificates with advice', async () => {
    const wrong = {
      ...{ USERID: 'me', KAFKA_SECURITY: 'sasl-plain', KAFKA_CA_FILE: kafka.authorityFile },
      ...{ BROKERS: kafka.sasl, KAFKA_USERNAME: 'books', KAFKA_PASSWORD: 'wrong' },
    }
    const untrusted = {
      ...{
        USERID: 'me',
        KAFKA_SECURITY: 'mtls',
        KAFKA_CA_FILE: kafka.authorityFile,
        BROKERS: kafka.mutualTls,
      },
      KAFKA_CERTIFICATE_FILE: kafka.untrusted.certificateFile,
      KAFKA_PRIVATE_KEY_FILE: kafka.untrusted.privateKeyFile,
    }
    const { KAFKA_CA_FILE: _, ...unknownAuthority } = { ...wrong, KAFKA_PASSWORD: 'plain-password' }
    await Promise.all(
      (
        [
          [wrong, 'topics list'],
          [wrong, 'produce test1'],
          [wrong, 'consume test1'],
          [untrusted, 'consume test1'],
          [unknownAuthority, 'consume test1'],
        ] as const
      ).map(async ([env, command]) => {
        const { stdout, stderr, code } = await books(env, ...command.split(' '))
        assert.deepEqual([stdout, code], ['', 1], `${command}: ${stderr}`)
        assert.match(stderr, /Check credentials and (certificates|ACLs)\.\n$/, command)
      }),
    )
  })

  await t.test('doctor advises a rejected client to check its credentials', async () => {
    const env = {
      ...{ USERID: 'me', KAFKA_SECURITY: 'sasl-plain', KAFKA_CA_FILE: kafka.authorityFile },
      ...{ BROKERS: kafka.sasl, KAFKA_USERNAME: 'books', KAFKA_PASSWORD: 'wrong' },
    }
    const { stdout } = await books(env, 'doctor', '--json')
    const { check, advice } = JSON.parse(stdout.split('\n', 1)[0]!)
    assert.deepEqual(
      [check, advice],
      ['brokers', 'Check KAFKA_SECURITY, its credentials, and the ACLs or the IAM policy of this client.'],
    )
  })
})

/** The settings of each kind, without the certificate authority. */
function securedBy(kafka: SecureKafka): Readonly<Record<string, Record<string, string>>> {
  const login = (password: string) => ({
    ...{ BROKERS: kafka.sasl, KAFKA_USERNAME: 'books', KAFKA_PASSWORD: password },
  })
  return {
    'sasl-plain': login('plain-password'),
    'sasl-scram-256': login('scram-password'),
    'sasl-scram-512': login('scram-password'),
    mtls: {
      BROKERS: kafka.mutualTls,
      KAFKA_CERTIFICATE_FILE: kafka.client.certificateFile,
      KAFKA_PRIVATE_KEY_FILE: kafka.client.privateKeyFile,
    },
  }
}
