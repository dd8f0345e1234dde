import type { Tls } from '../../../kafka/access/access.ts'
import { loadPackage } from '../peer-packages/load-package.ts'
import type { CustomSettings } from './custom-settings.ts'
import type { AccessConfiguration } from './mapping-settings.ts'
import { isPlainObject, type PlainObject, type Problems } from './problems.ts'

export type SecretLookup = (arn: string, isReference: boolean) => Promise<PlainObject | undefined>

export type AccessContext = {
  readonly custom: CustomSettings
  readonly lookup: SecretLookup
  readonly where: string
  readonly problems: Problems
}

export function secretLookup(custom: CustomSettings, region: string): SecretLookup {
  return async (arn, isReference) => {
    const given = custom.secrets.get(arn)
    if (given !== undefined || isReference || !custom.secretsManager) return given
    return await fromSecretsManager(arn, custom.endpoint, region)
  }
}

/**
 * Yields the known secrets of `access`, and warns about the others. The warning begins with `verb`: "connects without
 * BASIC_AUTH …".
 */
export async function* knownSecrets(
  access: readonly AccessConfiguration[],
  { lookup, where, problems }: AccessContext,
  verb: string,
): AsyncGenerator<{ readonly type: string; readonly uri: string; readonly secret: PlainObject }> {
  for (const { type, uri, isReference } of access) {
    const secret = await lookup(uri, isReference).catch((error: Error) => error)
    if (secret instanceof Error) problems.add(`${where}:`, secret.message)
    else if (secret === undefined) {
      problems.warn(
        where,
        `${verb} without ${type}, because custom.kafkaEventSource.secrets has no entry for ${uri}`,
      )
    } else yield { type, uri, secret }
  }
}

/** `text` reads a string of the secret. Returns undefined if the type has no TLS settings. */
export function tlsOf(
  type: string,
  { privateKeyPassword: passphrase }: PlainObject,
  text: (key: string) => string,
): Tls | undefined {
  if (type === 'SERVER_ROOT_CA_CERTIFICATE') return { ca: text('certificate') }
  if (type !== 'CLIENT_CERTIFICATE_TLS_AUTH') return undefined
  return {
    cert: text('certificate'),
    key: text('privateKey'),
    ...(passphrase !== undefined && passphrase !== null && { passphrase: String(passphrase) }),
  }
}

/** @throws when the request fails, or the secret is not a JSON object */
async function fromSecretsManager(
  arn: string,
  endpoint: string | undefined,
  region: string,
): Promise<PlainObject> {
  const { GetSecretValueCommand, SecretsManagerClient } = await loadPackage('@aws-sdk/client-secrets-manager')
  const client = new SecretsManagerClient({ region, ...(endpoint !== undefined && { endpoint }) })
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: arn }))
    const secret: unknown = JSON.parse(SecretString ?? 'null')
    if (!isPlainObject(secret)) throw new Error('it is not a JSON object')
    return secret
  } catch (error) {
    throw new Error(`the secret ${arn} cannot be read: ${(error as Error).message}`, { cause: error })
  } finally {
    client.destroy()
  }
}
