import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { eventSourceAccess } from '../../../local/event-source-access.ts'
import { temporaryFolder } from '../../harness/names.ts'

const folder = temporaryFolder()
writeFileSync(join(folder, 'ca.pem'), 'authority')
writeFileSync(join(folder, 'client.pem'), 'certificate')
writeFileSync(join(folder, 'client.key'), 'key')

describe('the access of the event source', () => {
  it('gives a password and an authority as local secrets', async () => {
    const { accessConfigurations, custom } = await eventSourceAccess(
      {
        kind: 'sasl-scram-512',
        login: { username: 'books', password: 'secret' },
        authority: { file: 'ca.pem' },
      },
      folder,
    )
    assert.deepEqual(Object.keys(accessConfigurations), ['saslScram512Auth', 'serverRootCaCertificate'])
    assert.deepEqual(
      Object.values(accessConfigurations).map((arn) => custom.secrets[arn]),
      [{ username: 'books', password: 'secret' }, { certificate: 'authority' }],
    )
    assert.equal(custom.secretsManager, false)
  })

  it('gives a client certificate as a local secret', async () => {
    const { accessConfigurations, custom } = await eventSourceAccess(
      { kind: 'mtls', identity: { certificateFile: 'client.pem', privateKeyFile: 'client.key' } },
      folder,
    )
    const arn = accessConfigurations.clientCertificateTlsAuth!
    assert.deepEqual(custom.secrets[arn], { certificate: 'certificate', privateKey: 'key' })
  })

  it('passes the ARN of a secret in Secrets Manager unchanged', async () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:books-abcdef'
    const { accessConfigurations, custom } = await eventSourceAccess(
      { kind: 'sasl-plain', login: { secret: arn } },
      folder,
    )
    assert.deepEqual(accessConfigurations, { saslPlainAuth: arn })
    assert.deepEqual(custom, { secrets: {}, secretsManager: true, tls: false })
  })

  it('reads secrets with the AWS credentials of the cluster', async () => {
    const arn = 'arn:aws:secretsmanager:eu-west-1:123456789012:secret:books-abcdef'
    const keys = { accessKeyId: 'id', secretAccessKey: 'key' }
    const secrets = { read: async (...args: unknown[]) => ({ args }) }
    const { custom } = await eventSourceAccess(
      { kind: 'sasl-plain', login: { secret: arn }, keys },
      folder,
      secrets,
    )
    assert.deepEqual(custom, {
      secrets: { [arn]: { args: [arn, keys] } },
      secretsManager: false,
      tls: false,
    })
  })

  it('signs tokens of IAM with the AWS credentials of the cluster', async () => {
    const keys = { accessKeyId: 'id', secretAccessKey: 'key' }
    const { custom } = await eventSourceAccess({ kind: 'iam', region: 'eu-west-1', keys }, folder)
    assert.deepEqual(custom.iam, { region: 'eu-west-1', accessKeyId: 'id', secretAccessKey: 'key' })
  })

  it('uses TLS without credentials if set', async () => {
    assert.equal((await eventSourceAccess({ kind: 'tls' }, folder)).custom.tls, true)
  })
})
