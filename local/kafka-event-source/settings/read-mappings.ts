import { createHash } from 'node:crypto'
import { userInfo } from 'node:os'
import type { FunctionDefinition } from '../../serverless-function.ts'
import { type EventKind, type Mapped, mapEvent } from './event-keys.ts'
import { type MappingSettings, mappingSettings } from './mapping-settings.ts'
import { isPlain, type Plain, type Problems, shown } from './problems.ts'
import type { Serverless } from './service.ts'

/** A mapping of the service: of which function, with which settings, known by which ids. */
export type ServiceMapping = {
  readonly functionKey: string
  readonly definition: FunctionDefinition & { readonly handler: string }
  /** In the CloudFormation template. */
  readonly logicalId: string
  /** Stable across restarts; AWS makes one when the mapping is created. */
  readonly uuid: string
  readonly groupId: string
  readonly settings: MappingSettings
}

/** Functions may run this long at most when Kafka invokes them (page `with-kafka`). */
const longestTimeoutSeconds = 14 * 60

/**
 * Every `kafka` and `msk` event of the service, as it would be deployed: the CloudFormation properties that osls makes of
 * it, then `resources.Resources` and `resources.extensions` for its logical id, merged as osls merges them.
 */
export function readMappings(serverless: Serverless, nowMs: number, problems: Problems): ServiceMapping[] {
  const mappings: ServiceMapping[] = []
  for (const [functionKey, definition] of Object.entries(serverless.service.functions ?? {})) {
    ;(definition.events ?? []).forEach((event, i) => {
      const kind = (['kafka', 'msk'] as const).find(
        (candidate) => isPlain(event) && event[candidate] !== undefined,
      )
      if (kind === undefined) return
      const where = `${functionKey}: events[${i}].${kind}`
      const given = event[kind]
      if (!isPlain(given)) problems.add(where, `must be an object, not ${shown(given)}`)
      else
        mappings.push(readMapping(serverless, functionKey, definition, kind, given, where, nowMs, problems))
    })
  }
  refuseTwins(mappings, problems)
  return mappings
}

function readMapping(
  serverless: Serverless,
  functionKey: string,
  definition: FunctionDefinition,
  kind: EventKind,
  event: Plain,
  where: string,
  nowMs: number,
  problems: Problems,
): ServiceMapping {
  const { handler, timeout = serverless.service.provider.timeout ?? 0 } = definition
  if (handler === undefined) problems.add(`${functionKey}: handler`, 'is missing')
  if (timeout > longestTimeoutSeconds) {
    const limit = `${longestTimeoutSeconds} seconds, the longest for a function that Kafka invokes`
    problems.add(`${functionKey}: timeout`, `must be at most ${limit}, not ${timeout}`)
  }
  const mapped = mapEvent(kind, event, where, problems)
  const logicalId = logicalIdOf(serverless, functionKey, kind, event)
  const settings = mappingSettings(extended(serverless, logicalId, mapped), where, nowMs, problems)
  const uuid = stableUuid([
    serverless.service.service,
    serverless.getProvider('aws').getStage(),
    userInfo().username,
    logicalId,
  ])
  return {
    functionKey,
    definition: { ...definition, handler: handler ?? '' },
    logicalId,
    uuid,
    groupId: settings.consumerGroupId ?? uuid,
    settings,
  }
}

function logicalIdOf(serverless: Serverless, functionKey: string, kind: EventKind, event: Plain): string {
  const { naming } = serverless.getProvider('aws')
  const topic = String(event.topic)
  if (kind === 'kafka') return naming.getKafkaEventLogicalId(functionKey, topic)
  return naming.getMSKEventLogicalId(functionKey, clusterName(event.arn), topic)
}

/** Of an MSK cluster's ARN, or of the reference that stands for one. */
export function clusterName(arn: unknown): string {
  if (isPlain(arn)) return String(arn['Fn::ImportValue'] ?? arn.Ref)
  return String(arn).split('/')[1] ?? String(arn)
}

/** `Resources` is merged deeply, `extensions` property by property. */
function extended(serverless: Serverless, logicalId: string, { properties, origins }: Mapped): Mapped {
  const { Resources = {}, extensions = {} } = serverless.service.resources ?? {}
  const merged = { properties: { ...properties }, origins: new Map(origins) }
  const layers = [
    { name: 'Resources', layer: Resources[logicalId]?.Properties ?? {}, deep: true },
    { name: 'extensions', layer: extensions[logicalId]?.Properties ?? {}, deep: false },
  ]
  for (const { name, layer, deep } of layers) {
    for (const [key, value] of Object.entries(layer)) {
      const before = merged.properties[key]
      merged.properties[key] = deep && isPlain(before) && isPlain(value) ? mergedDeeply(before, value) : value
      merged.origins.set(key, `resources.${name}.${logicalId}.Properties.${key}`)
    }
  }
  return merged
}

function mergedDeeply(base: Plain, over: Plain): Plain {
  const merged: Record<string, unknown> = { ...base }
  for (const [key, value] of Object.entries(over)) {
    const before = merged[key]
    merged[key] = isPlain(before) && isPlain(value) ? mergedDeeply(before, value) : value
  }
  return merged
}

/** osls would let the second mapping of a function to a topic replace the first, and AWS wants groups to be unique. */
function refuseTwins(mappings: readonly ServiceMapping[], problems: Problems): void {
  const byLogicalId = new Set<string>()
  const byGroup = new Map<string, string>()
  for (const { functionKey, logicalId, groupId, settings } of mappings) {
    if (byLogicalId.has(logicalId)) {
      problems.add(
        `${functionKey}: events`,
        `has two mappings of topic ${settings.topic}; only one would be deployed`,
      )
    }
    byLogicalId.add(logicalId)
    const other = byGroup.get(groupId)
    if (other !== undefined && other !== logicalId) {
      problems.add(`${functionKey}: consumerGroupId`, `${groupId} is another mapping's too (${other})`)
    }
    byGroup.set(groupId, logicalId)
  }
}

/** In the form of a UUID, version 8: made of a digest. */
function stableUuid(parts: readonly string[]): string {
  const hex = createHash('sha256').update(parts.join('\0')).digest('hex')
  const variant = ((Number.parseInt(hex[16]!, 16) & 0x3) | 0x8).toString(16)
  const digits = `${hex.slice(0, 12)}8${hex.slice(13, 16)}${variant}${hex.slice(17, 32)}`
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}
