import assert from 'node:assert/strict'
import { test } from 'node:test'
import { withClusterKeys } from '../../../../local/settings/cluster-keys.ts'
import { readLocalConfig } from '../../../../local/settings/config.ts'

const KAFKA_SECRET = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:books-a1B2c3'
const iam = { USERID: 'me', BROKERS: 'b:9098', KAFKA_SECURITY: 'iam', AWS_REGION: 'eu-central-1' }
const ofTheShell = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' }

for (const env of [
  iam,
  { USERID: 'me', BROKERS: 'b:9096', KAFKA_SECURITY: 'sasl-scram-512', KAFKA_SECRET },
]) {
  test(`${env.KAFKA_SECURITY} uses the shell's AWS credentials for the cluster, not for the bucket`, async () => {
    const config = await withClusterKeys(readLocalConfig(env), async () => ofTheShell)
    assert.deepEqual(config.security.keys, ofTheShell)
    assert.deepEqual(config.s3Credentials, { accessKeyId: 'local', secretAccessKey: 'locallocal' })
  })
}

test('reads no AWS credentials for a cluster that needs none', async () => {
  const config = readLocalConfig({ USERID: 'me' })
  assert.equal(await withClusterKeys(config, () => assert.fail()), config)
})

test('reports missing AWS credentials before anything starts', async () => {
  const find = () => Promise.reject(new Error('Could not load credentials from any providers'))
  await assert.rejects(withClusterKeys(readLocalConfig(iam), find), {
    code: 'CONFIG_INVALID',
    message:
      'KAFKA_SECURITY=iam needs AWS credentials: Could not load credentials from any providers. Set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
  })
})
