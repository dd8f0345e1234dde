import type { ClusterAccess } from '../kafka/connection-options.ts'
import { clusterAccess } from './cluster-access.ts'
import { type CustomSettings, customKey, customSettings } from './custom-settings.ts'
import { Problems } from './problems.ts'
import { readMappings, type ServiceMapping } from './read-mappings.ts'
import { secretLookup } from './secrets.ts'
import type { Serverless } from './service.ts'

export type ServiceSettings = {
  readonly custom: CustomSettings
  readonly region: string
  readonly mappings: readonly (ServiceMapping & { readonly access: ClusterAccess })[]
  readonly advice: readonly string[]
}

const defaultRegion = 'us-east-1'

/** Everything that a service says of its Kafka mappings. @throws {SettingsError} with all that is wrong */
export async function readServiceSettings(serverless: Serverless, nowMs: number): Promise<ServiceSettings> {
  const problems = new Problems()
  const { custom: given, provider } = serverless.service
  const region = provider.region ?? defaultRegion
  const custom = customSettings(given?.[customKey], problems)
  const read = readMappings(serverless, custom, region, nowMs, problems)
  problems.settle()
  const lookup = secretLookup(custom, region)
  const mappings = await Promise.all(
    read.map(async (mapping) => {
      const where = `${mapping.functionKey}: ${mapping.settings.topic}`
      return { ...mapping, access: await clusterAccess(mapping.settings, custom, lookup, where, problems) }
    }),
  )
  problems.settle()
  return { custom, region, mappings, advice: problems.advice }
}
