import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Security } from '../books/security.ts'
import { type AwsKeys, type SecretFields, Secrets } from '../lib/secrets.ts'

export type EventSourceAccess = {
  readonly accessConfigurations: Readonly<Record<string, string>>
  readonly custom: {
    readonly secrets: Readonly<Record<string, SecretFields>>
    readonly secretsManager: boolean
    readonly tls: boolean
    readonly iam?: { readonly region: string } & Partial<AwsKeys>
  }
}

/** Returns the ARN of a secret that `custom` contains. */
const localSecret = (name: string) =>
  `arn:aws:secretsmanager:us-east-1:000000000000:secret:local-${name}-000000`

const credentialKeys = {
  'sasl-plain': 'saslPlainAuth',
  'sasl-scram-256': 'saslScram256Auth',
  'sasl-scram-512': 'saslScram512Auth',
  mtls: 'clientCertificateTlsAuth',
} as const

/**
 * Converts the functions' credentials to event source settings. Includes the content of local secrets, and of all
 * secrets if `security` has AWS credentials.
 * @param folder base of relative file paths
 * @throws errors of reading a file; SECRET_UNAVAILABLE
 */
export async function eventSourceAccess(
  security: Security,
  folder: string,
  secrets: Pick<Secrets, 'read'> = new Secrets(),
): Promise<EventSourceAccess> {
  const { kind, region, keys, login, identity, authority } = security
  const read = (file: string) => readFile(resolve(folder, file), 'utf8')
  const entries: {
    readonly key: string
    readonly arn: string
    readonly content: SecretFields | undefined
  }[] = []
  const add = (key: string, arn: string | undefined, content: SecretFields | undefined) =>
    entries.push({ key, arn: arn ?? localSecret(key), content })
  const addSecret = async (key: string, arn: string) =>
    add(key, arn, keys === undefined ? undefined : await secrets.read(arn, keys))
  if (login !== undefined) {
    const key = credentialKeys[kind as keyof typeof credentialKeys]
    if ('secret' in login) await addSecret(key, login.secret)
    else add(key, undefined, { username: login.username, password: login.password })
  }
  if (identity !== undefined) {
    if ('secret' in identity) await addSecret(credentialKeys.mtls, identity.secret)
    else {
      const { certificateFile, privateKeyFile, privateKeyPassword } = identity
      const [certificate, privateKey] = [await read(certificateFile), await read(privateKeyFile)]
      add(credentialKeys.mtls, undefined, {
        certificate,
        privateKey,
        ...(privateKeyPassword !== undefined && { privateKeyPassword }),
      })
    }
  }
  if (authority !== undefined) {
    if ('secret' in authority) await addSecret('serverRootCaCertificate', authority.secret)
    else add('serverRootCaCertificate', undefined, { certificate: await read(authority.file) })
  }
  const local = entries.flatMap(({ arn, content }) =>
    content === undefined ? [] : [[arn, content] as const],
  )
  return {
    accessConfigurations: Object.fromEntries(entries.map(({ key, arn }) => [key, arn])),
    custom: {
      secrets: Object.fromEntries(local),
      secretsManager: local.length < entries.length,
      tls: kind === 'tls',
      ...(region !== undefined && { iam: { region, ...keys } }),
    },
  }
}
