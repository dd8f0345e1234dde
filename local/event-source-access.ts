import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Security } from '../lib/security.ts'

/** Settings of the Kafka event source for a secured cluster. */
export type EventSourceAccess = {
  /** Of a `kafka` event. */
  readonly accessConfigurations: Readonly<Record<string, string>>
  /** Of `custom.kafkaEventSource`. */
  readonly custom: {
    readonly secrets: Readonly<Record<string, Readonly<Record<string, string>>>>
    readonly secretsManager: boolean
    readonly tls: boolean
  }
}

/** In the place of a secret's ARN: its content is given beside it. */
const localSecret = (name: string) =>
  `arn:aws:secretsmanager:us-east-1:000000000000:secret:local-${name}-000000`

const credentialKeys = {
  'sasl-plain': 'saslPlainAuth',
  'sasl-scram-256': 'saslScram256Auth',
  'sasl-scram-512': 'saslScram512Auth',
  mtls: 'clientCertificateTlsAuth',
} as const

type Content = Readonly<Record<string, string>>

/**
 * The same credentials as the functions have, as the event source takes them: secrets by ARN, and the content of those that are
 * on this machine.
 * @param folder what relative files are relative to
 * @throws what reading a file throws
 */
export async function eventSourceAccess(security: Security, folder: string): Promise<EventSourceAccess> {
  const { kind, login, identity, authority } = security
  const read = (file: string) => readFile(resolve(folder, file), 'utf8')
  const entries: { readonly key: string; readonly arn: string; readonly content: Content | undefined }[] = []
  const add = (key: string, arn: string | undefined, content: Content | undefined) =>
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
