import { resolve } from 'node:path'
import type { AwsKeys } from '../lib/secrets.ts'
import type { Settings } from '../lib/settings.ts'

/** All kinds but `plaintext` use TLS (Lambda developer guide, page `kafka-cluster-auth`). `iam` requires Amazon MSK. */
const securityKinds = [
  'plaintext',
  'tls',
  'iam',
  'sasl-plain',
  'sasl-scram-256',
  'sasl-scram-512',
  'mtls',
] as const

type SecurityKind = (typeof securityKinds)[number]

export type Security = {
  readonly kind: SecurityKind
  /** For `iam`. */
  readonly region?: string
  /** For `iam` tokens and secrets; by default the keys of the process. */
  readonly keys?: AwsKeys
  /** For SASL passwords. */
  readonly login?: Login
  /** For mutual TLS. */
  readonly identity?: Identity
  /** Certificate authorities; by default those of Node.js. */
  readonly authority?: PemSource
}

/** `secret` is an ARN of AWS Secrets Manager. */
export type PemSource = { readonly secret: string } | { readonly file: string }

/** The secret has Lambda's format: `{"username", "password"}`. */
export type Login = { readonly secret: string } | { readonly username: string; readonly password: string }

/** The secret has Lambda's format: `{"certificate", "privateKey", "privateKeyPassword"}`. */
export type Identity =
  | { readonly secret: string }
  | {
      readonly certificateFile: string
      readonly privateKeyFile: string
      readonly privateKeyPassword?: string
    }

export function readSecurity(settings: Settings): Security {
  const kind = settings.oneOf('KAFKA_SECURITY', securityKinds, 'plaintext')
  const authority = kind === 'plaintext' ? undefined : readAuthority(settings)
  const keys = kind === 'plaintext' ? undefined : readKeys(settings)
  return {
    kind,
    ...(kind === 'iam' && { region: readRegion(settings) }),
    ...(kind.startsWith('sasl-') && { login: readLogin(settings, kind) }),
    ...(kind === 'mtls' && { identity: readIdentity(settings) }),
    ...(authority && { authority }),
    ...(keys && { keys }),
  }
}

/** Inverts `readSecurity`. @param folder the base of relative paths */
export function securityEnvironment(
  { kind, region, keys, login, identity, authority }: Security,
  folder: string = process.cwd(),
): Readonly<Record<string, string>> {
  const file = (path: string | undefined) => path && resolve(folder, path)
  const own: Readonly<Record<string, string>> = { ...login, ...identity }
  const ca: Readonly<Record<string, string>> = { ...authority }
  const variables = {
    KAFKA_SECURITY: kind,
    KAFKA_SECRET: own.secret,
    KAFKA_USERNAME: own.username,
    KAFKA_PASSWORD: own.password,
    KAFKA_CERTIFICATE_FILE: file(own.certificateFile),
    KAFKA_PRIVATE_KEY_FILE: file(own.privateKeyFile),
    KAFKA_PRIVATE_KEY_PASSWORD: own.privateKeyPassword,
    KAFKA_CA_SECRET: ca.secret,
    KAFKA_CA_FILE: file(ca.file),
    KAFKA_AWS_REGION: region,
    KAFKA_AWS_ACCESS_KEY_ID: keys?.accessKeyId,
    KAFKA_AWS_SECRET_ACCESS_KEY: keys?.secretAccessKey,
    KAFKA_AWS_SESSION_TOKEN: keys?.sessionToken,
  }
  const set = Object.entries(variables).flatMap(([name, value]) => (value ? [[name, value]] : []))
  return Object.fromEntries(set)
}

/** The names of credentials in an event of serverless.yml (osls guide, page "kafka"). */
const mappingNames: Partial<Record<SecurityKind, string>> = {
  'sasl-plain': 'saslPlainAuth',
  'sasl-scram-256': 'saslScram256Auth',
  'sasl-scram-512': 'saslScram512Auth',
  mtls: 'clientCertificateTlsAuth',
}

export function mappingCredentials({ kind, login, identity, authority }: Security) {
  const own = login ?? identity
  const name = mappingNames[kind]
  const credentials: Record<string, Login | Identity | PemSource> = {}
  if (own !== undefined && name !== undefined) credentials[name] = own
  if (authority !== undefined) credentials.serverRootCaCertificate = authority
  return credentials
}

/** Returns the ARNs of credentials in Secrets Manager, by their names in serverless.yml. */
export function mappingSecrets(security: Security): Readonly<Record<string, string>> {
  const credentials = Object.entries(mappingCredentials(security))
  const secrets = credentials.flatMap(([name, kept]) => ('secret' in kept ? [[name, kept.secret]] : []))
  return Object.fromEntries(secrets)
}

function readRegion(settings: Settings): string {
  const region = settings.text('KAFKA_AWS_REGION') ?? settings.text('AWS_REGION')
  if (region === undefined) settings.problem('KAFKA_SECURITY=iam needs AWS_REGION, the region of the cluster')
  return region ?? ''
}

function readKeys(settings: Settings): AwsKeys | undefined {
  const accessKeyId = settings.text('KAFKA_AWS_ACCESS_KEY_ID')
  const secretAccessKey = settings.text('KAFKA_AWS_SECRET_ACCESS_KEY')
  const sessionToken = settings.text('KAFKA_AWS_SESSION_TOKEN')
  if (accessKeyId === undefined && secretAccessKey === undefined) return undefined
  if (accessKeyId === undefined || secretAccessKey === undefined)
    settings.problem('KAFKA_AWS_ACCESS_KEY_ID and KAFKA_AWS_SECRET_ACCESS_KEY must be set together')
  return {
    accessKeyId: accessKeyId ?? '',
    secretAccessKey: secretAccessKey ?? '',
    ...(sessionToken !== undefined && { sessionToken }),
  }
}

const secretArn = /^arn:[a-z-]+:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]+$/

function readLogin(settings: Settings, kind: SecurityKind): Login {
  const secret = readSecret(settings, 'KAFKA_SECRET')
  if (secret !== undefined) return { secret }
  const username = settings.text('KAFKA_USERNAME')
  const password = settings.text('KAFKA_PASSWORD')
  if (username === undefined || password === undefined) {
    settings.problem(
      `KAFKA_SECURITY=${kind} needs KAFKA_SECRET, the ARN of a secret with "username" and "password", or KAFKA_USERNAME and KAFKA_PASSWORD`,
    )
  }
  return { username: username ?? '', password: password ?? '' }
}

function readIdentity(settings: Settings): Identity {
  const secret = readSecret(settings, 'KAFKA_SECRET')
  if (secret !== undefined) return { secret }
  const certificateFile = settings.text('KAFKA_CERTIFICATE_FILE')
  const privateKeyFile = settings.text('KAFKA_PRIVATE_KEY_FILE')
  const privateKeyPassword = settings.text('KAFKA_PRIVATE_KEY_PASSWORD')
  if (certificateFile === undefined || privateKeyFile === undefined) {
    settings.problem(
      'KAFKA_SECURITY=mtls needs KAFKA_SECRET, the ARN of a secret with "certificate" and "privateKey", or KAFKA_CERTIFICATE_FILE and KAFKA_PRIVATE_KEY_FILE',
    )
  }
  return {
    certificateFile: certificateFile ?? '',
    privateKeyFile: privateKeyFile ?? '',
    ...(privateKeyPassword !== undefined && { privateKeyPassword }),
  }
}

function readAuthority(settings: Settings): PemSource | undefined {
  const secret = readSecret(settings, 'KAFKA_CA_SECRET')
  if (secret !== undefined) return { secret }
  const file = settings.text('KAFKA_CA_FILE')
  return file === undefined ? undefined : { file }
}

function readSecret(settings: Settings, name: string): string | undefined {
  const arn = settings.text(name)
  if (arn !== undefined && !secretArn.test(arn)) {
    settings.problem(`${name} must be the ARN of a secret in AWS Secrets Manager, not "${arn}"`)
  }
  return arn
}
