import { loadSdk } from '../peer-packages/load-sdk.ts'
import type { SecretLookup } from './cluster-access.ts'
import type { CustomSettings } from './custom-settings.ts'
import { isPlainObject, type PlainObject } from './problems.ts'

export function secretLookup(custom: CustomSettings, region: string): SecretLookup {
  return async (arn, isReference) => {
    const given = custom.secrets.get(arn)
    if (given !== undefined || isReference || !custom.secretsManager) return given
    return await fromSecretsManager(arn, custom.endpoint, region)
  }
}

/** @throws when the request fails, or the secret is not a JSON object */
async function fromSecretsManager(
  arn: string,
  endpoint: string | undefined,
  region: string,
): Promise<PlainObject> {
  const { GetSecretValueCommand, SecretsManagerClient } = await loadSdk('client-secrets-manager')
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
