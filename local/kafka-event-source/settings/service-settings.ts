import type { SchemaRegistry } from '../schema/schema-registry.ts'
import { type ClusterAccess, clusterAccess, clusterNames } from './cluster-access.ts'
import { allClusters, type CustomSettings, customKey, customSettings } from './custom-settings.ts'
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
  const unused = unusedKeys(custom, read)
  if (unused.length > 0) problems.warn(`custom.${customKey}:`, `no mapping uses ${unused.join(', ')}.`)
  const mappings = await Promise.all(read.map((mapping) => withAccess(mapping, custom, region, problems)))
  problems.throwIfAny()
  return { custom, region, mappings, warnings: problems.warnings }
}

/** A misspelt key would leave a mapping at the deployed cluster, or in another group. */
function unusedKeys(custom: CustomSettings, mappings: readonly ServiceMapping[]): string[] {
  const { brokers, consumerGroupIds: groups } = custom
  const used = mappings.flatMap(({ functionKey, logicalId, settings }) => [
    ...clusterNames(settings.source),
    ...[functionKey, logicalId, settings.consumerGroupId],
  ])
  const given = [...brokers.keys(), ...(groups === 'deployed' ? [] : groups.keys())]
  return given.filter((key) => key !== allClusters && !used.includes(key))
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
