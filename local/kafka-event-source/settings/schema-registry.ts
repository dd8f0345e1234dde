import { confluentRegistry, type RegistryAccess } from '../schema/confluent-registry.ts'
import { glueRegistry } from '../schema/glue-registry.ts'
import type { SchemaRegistry } from '../schema/schema-registry.ts'
import { allClusters } from './custom-settings.ts'
import type { SchemaSettings } from './mapping-settings.ts'
import { type AccessContext, knownSecrets, tlsOf } from './secrets.ts'

const glueArn = /^arn:[\w-]+:glue:([\w-]+):\d{12}:registry\/.+$/

export function isGlueArn(uri: string): boolean {
  return glueArn.test(uri)
}

/** `schemaRegistries` overrides the URI of serverless.yml. */
export async function schemaRegistryOf(
  settings: SchemaSettings | undefined,
  context: AccessContext,
): Promise<SchemaRegistry | undefined> {
  if (settings === undefined) return undefined
  const { uri } = settings
  const { custom } = context
  const url = custom.schemaRegistries.get(uri) ?? custom.schemaRegistries.get(allClusters)
  const [, region] = glueArn.exec(uri) ?? []
  if (region !== undefined) return glueRegistry(region, url ?? custom.endpoint)
  return confluentRegistry(url ?? uri, await registryAccess(settings, context))
}

/** If a secret is unknown, the registry is used without it. */
async function registryAccess(
  { access: configurations }: SchemaSettings,
  context: AccessContext,
): Promise<RegistryAccess> {
  const { where, problems } = context
  const access: { -readonly [K in keyof RegistryAccess]: RegistryAccess[K] } = {}
  for await (const { type, secret } of knownSecrets(configurations, context, 'uses its schema registry')) {
    const text = (key: string) => String(secret[key] ?? '')
    const tls = tlsOf(type, secret, text)
    if (type === 'BASIC_AUTH') access.login = { username: text('username'), password: text('password') }
    else if (tls !== undefined) access.tls = { ...access.tls, ...tls }
    else problems.add(where, `has a schema registry with an unknown access configuration: ${type}`)
  }
  return access
}
