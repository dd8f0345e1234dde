import { confluentRegistry, type RegistryAccess } from '../schema/confluent-registry.ts'
import { glueRegistry } from '../schema/glue-registry.ts'
import type { SchemaRegistry } from '../schema/schema-registry.ts'
import type { SecretLookup } from './cluster-access.ts'
import { allClusters, type CustomSettings } from './custom-settings.ts'
import type { SchemaSettings } from './mapping-settings.ts'
import type { PlainObject, Problems } from './problems.ts'

const glueArn = /^arn:[\w-]+:glue:([\w-]+):\d{12}:registry\/.+$/

export function isGlueArn(uri: string): boolean {
  return glueArn.test(uri)
}

/** `schemaRegistries` overrides the URI of serverless.yml. */
export async function schemaRegistryOf(
  settings: SchemaSettings | undefined,
  custom: CustomSettings,
  lookup: SecretLookup,
  where: string,
  problems: Problems,
): Promise<SchemaRegistry | undefined> {
  if (settings === undefined) return undefined
  const { uri } = settings
  const url = custom.schemaRegistries.get(uri) ?? custom.schemaRegistries.get(allClusters)
  const [, region] = glueArn.exec(uri) ?? []
  if (region !== undefined) return glueRegistry(region, url ?? custom.endpoint)
  return confluentRegistry(url ?? uri, await registryAccess(settings, lookup, where, problems))
}

/** If a secret is unknown, the registry is used without it. */
async function registryAccess(
  { access }: SchemaSettings,
  lookup: SecretLookup,
  where: string,
  problems: Problems,
): Promise<RegistryAccess> {
  let found: RegistryAccess = {}
  for (const { type, uri, isReference } of access) {
    const secret = await lookup(uri, isReference).catch((error: Error) => error)
    if (secret instanceof Error) problems.add(`${where}:`, secret.message)
    else if (secret === undefined) {
      problems.warn(
        where,
        `uses its schema registry without ${type}, because custom.kafkaEventSource.secrets has no entry for ${uri}`,
      )
    } else found = { ...found, ...withSecret(found, type, secret, where, problems) }
  }
  return found
}

function withSecret(
  { tls }: RegistryAccess,
  type: string,
  secret: PlainObject,
  where: string,
  problems: Problems,
): RegistryAccess {
  const text = (key: string) => String(secret[key] ?? '')
  switch (type) {
    case 'BASIC_AUTH':
      return { login: { username: text('username'), password: text('password') } }
    case 'CLIENT_CERTIFICATE_TLS_AUTH':
      return {
        tls: {
          ...tls,
          cert: text('certificate'),
          key: text('privateKey'),
          ...(secret.privateKeyPassword !== undefined && { passphrase: text('privateKeyPassword') }),
        },
      }
    case 'SERVER_ROOT_CA_CERTIFICATE':
      return { tls: { ...tls, ca: text('certificate') } }
    default:
      problems.add(where, `has a schema registry with an unknown access configuration: ${type}`)
      return {}
  }
}
