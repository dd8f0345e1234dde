import type { MappingProperties } from './event-keys.ts'
import { isPlainObject, type PlainObject, type Problems } from './problems.ts'
import type { ServerlessWithResources } from './service.ts'

export type MappingResource = MappingProperties & { readonly condition: string | undefined }

const mappingType = 'AWS::Lambda::EventSourceMapping'

/**
 * Merges `resources.Resources` (at any depth) and `resources.extensions` (per property) into a mapping, as
 * serverless does.
 */
export function mergeResources(
  serverless: ServerlessWithResources,
  logicalId: string,
  mapped: MappingProperties,
): MappingResource {
  const { Resources = {}, extensions = {} } = serverless.service.resources ?? {}
  const [resource, extension] = [Resources[logicalId], extensions[logicalId]]
  const merged = mergedDeeply(mapped.properties, resource?.Properties ?? {})
  const origins = new Map(mapped.origins)
  for (const [layer, declared] of Object.entries({ Resources: resource, extensions: extension })) {
    for (const key of Object.keys(declared?.Properties ?? {})) {
      origins.set(key, `resources.${layer}.${logicalId}.Properties.${key}`)
    }
  }
  return {
    where: mapped.where,
    properties: { ...merged, ...extension?.Properties },
    origins,
    condition: extension?.Condition ?? resource?.Condition,
  }
}

/** Returns the logical ids of Kafka mappings. Only Kafka event sources have topics. */
export function declaredMappings(serverless: ServerlessWithResources): string[] {
  const { Resources = {} } = serverless.service.resources ?? {}
  return Object.keys(Resources).filter((logicalId) => {
    const { Type: type, Properties: properties } = Resources[logicalId] ?? {}
    const { SelfManagedEventSource: selfManaged, EventSourceArn: arn, Topics: topics } = properties ?? {}
    return type === mappingType && (selfManaged !== undefined || (arn !== undefined && topics !== undefined))
  })
}

/** Reports an entry that matches no mapping but resembles a logical id. */
export function reportMisspelt(
  serverless: ServerlessWithResources,
  logicalIds: ReadonlySet<string>,
  problems: Problems,
): void {
  const { Resources = {}, extensions = {} } = serverless.service.resources ?? {}
  const untyped = Object.keys(Resources).filter((id) => Resources[id]?.Type === undefined)
  const entries = [
    ...Object.keys(extensions)
      .filter((id) => Resources[id] === undefined)
      .map((id) => ({ id, layer: 'extensions' })),
    ...untyped.map((id) => ({ id, layer: 'Resources' })),
  ]
  for (const { id, layer } of entries) {
    if (logicalIds.has(id)) continue
    const nearest = [...logicalIds].sort((a, b) => distance(id, a) - distance(id, b))[0]
    const isNear = nearest !== undefined && distance(id, nearest) <= Math.max(2, id.length / 8)
    if (!isNear && !/EventSourceMapping(Kafka|MSK)/i.test(id)) continue
    const known = logicalIds.size === 0 ? 'this service has no Kafka mapping' : [...logicalIds].join(', ')
    problems.add(
      `resources.${layer}.${id}`,
      `is not the logical id of a mapping. ${isNear ? `Change it to ${nearest}.` : `Use one of: ${known}.`}`,
    )
  }
}

function mergedDeeply(base: PlainObject, over: PlainObject): PlainObject {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key]
    merged[key] = isPlainObject(before) && isPlainObject(value) ? mergedDeeply(before, value) : value
  }
  return merged
}

/** Returns the case-insensitive Levenshtein distance. */
function distance(left: string, right: string): number {
  const [a, b] = [left.toLowerCase(), right.toLowerCase()]
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      const changed = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)
      next[j] = Math.min(changed, row[j]! + 1, next[j - 1]! + 1)
    }
    row = next
  }
  return row[b.length]!
}
