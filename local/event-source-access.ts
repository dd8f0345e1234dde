import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Security } from '../books/security.ts'

export type EventSourceAccess = {
  readonly accessConfigurations: Readonly<Record<string, string>>
  readonly custom: {
    readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>
    readonly secretsManager: boolean
    readonly tls: boolean
  }
}

/** ARN of a secret whose content is in `custom`. */
const localSecret = (name: string) =>
  `arn:aws:secretsmanager:us-east-1:000000000000:secret:local-${name}-000000`

const credentialKeys = {
  'sasl-plain': 'saslPlainAuth',
  'sasl-scram-256': 'saslScram256Auth',
  'sasl-scram-512': 'saslScram512Auth',
  mtls: 'clientCertificateTlsAuth',
} as const

type SecretContent = Readonly<Record<string, string>>

/**
 * Converts the functions' credentials to event source settings: secrets by ARN, with the content of local secrets.
 * @param folder base of relative file paths
 * @throws errors of reading a file
 */
export async function eventSourceAccess(security: Security, folder: string): Promise<EventSourceAccess> {
  const { kind, login, identity, authority } = security
  const read = (file: string) => readFile(resolve(folder, file), 'utf8')
  const entries: {
    readonly key: string
    readonly arn: string
    readonly content: SecretContent | undefined
  }[] = []
  const add = (key: string, arn: string | undefined, content: SecretContent | undefined) =>
    entries.push({ key, arn: arn ?? localSecret(key), content })
  if (login !== undefined) {
    const key = credentialKeys[kind as keyof typeof credentialKeys]
    if ('secret' in login) add(key, login.secret, undefined)
    else add(key, undefined, { username: login.username, password: login.password })
  }
  if (identity !== undefined) {
    if ('secret' in identity) add(credentialKeys.mtls, identity.secret, undefined)
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
    if ('secret' in authority) add('serverRootCaCertificate', authority.secret, undefined)
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
    },
  }
}
