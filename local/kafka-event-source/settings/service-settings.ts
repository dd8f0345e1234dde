import type { SchemaRegistry } from '../schema/schema-registry.ts'
import { type ClusterAccess, clusterAccess } from './cluster-access.ts'
import { type CustomSettings, customKey, customSettings } from './custom-settings.ts'
import { Problems } from './problems.ts'
import { readMappings, type ServiceMapping } from './read-mappings.ts'
import { schemaRegistryOf } from './schema-registry.ts'
import { secretLookup } from './secrets.ts'
import type { ServerlessWithResources } from './service.ts'

export type AccessibleMapping = ServiceMapping & {
  readonly access: ClusterAccess
  readonly schemaRegistry: SchemaRegistry | undefined
}

export type ServiceSettings = {
  readonly custom: CustomSettings
  readonly region: string
  readonly mappings: readonly AccessibleMapping[]
  readonly warnings: readonly string[]
}

const defaultRegion = 'us-east-1'

/** @throws {SettingsError} with every problem */
export async function readServiceSettings(
  serverless: ServerlessWithResources,
  nowMs: number,
): Promise<ServiceSettings> {
  const problems = new Problems()
  const { custom: given, provider } = serverless.service
  const region = provider.region ?? defaultRegion
  const custom = customSettings(given?.[customKey], problems)
  const read = readMappings(serverless, custom, region, nowMs, problems)
  problems.throwIfAny()
  const mappings = await Promise.all(read.map((mapping) => withAccess(mapping, custom, region, problems)))
  problems.throwIfAny()
  return { custom, region, mappings, warnings: problems.warnings }
}

export async function withAccess(
  mapping: ServiceMapping,
  custom: CustomSettings,
  region: string,
  problems: Problems,
): Promise<AccessibleMapping> {
  const { functionKey, settings } = mapping
  const where = `${functionKey}: ${settings.topic}`
  const context = { custom, lookup: secretLookup(custom, region), where, problems }
  const access = await clusterAccess(settings, context)
  const schemaRegistry = await schemaRegistryOf(settings.schemas, context)
  return { ...mapping, access, schemaRegistry }
}
