import type { CustomSettings } from './custom-settings.ts'
import { type EventKind, mapEvent } from './event-keys.ts'
import { expressionKey, IntrinsicFunctions } from './intrinsic-functions.ts'
import { localGroupId, mappingUuid } from './mapping-ids.ts'
import type { MappingSettings } from './mapping-settings.ts'
import { formatValue, isPlainObject, listOf, type PlainObject, type Problems } from './problems.ts'
import { readMappingSettings, warnWithoutEffect } from './read-mapping-settings.ts'
import { declaredMappings, type MappingResource, mergeResources, reportMisspelt } from './resource-layers.ts'
import type { ServerlessWithResources } from './service.ts'
import { templateOf } from './template.ts'
import { needsReference, UnknownValue } from './unknown-value.ts'

export type ServiceMapping = {
  readonly functionKey: string
  readonly logicalId: string
  readonly uuid: string
  readonly groupId: string
  readonly settings: MappingSettings
}

/** AWS's limit for functions with Kafka events (page `with-kafka`). */
const maxTimeoutSeconds = 14 * 60

type MappingDeclaration = MappingResource & { readonly functionKey: string; readonly logicalId: string }

/**
 * Reads every Kafka mapping of the service: `kafka` and `msk` events, and resources of type
 * AWS::Lambda::EventSourceMapping.
 */
export function readMappings(
  serverless: ServerlessWithResources,
  custom: CustomSettings,
  region: string,
  nowMs: number,
  problems: Problems,
): ServiceMapping[] {
  const functions = new IntrinsicFunctions(templateOf(serverless, region, custom.references))
  const ofEvents = eventMappings(serverless, problems)
  const eventIds = new Set(ofEvents.map(({ logicalId }) => logicalId))
  const declared = [...ofEvents, ...resourceMappings(serverless, eventIds, functions, problems)]
  reportMisspelt(serverless, new Set(declared.map(({ logicalId }) => logicalId)), problems)
  const mappings = declared
    .filter((one) => isCreated(one, functions, problems))
    .map((one) => readMapping(serverless, custom, one, functions, nowMs, problems))
  rejectDuplicates(mappings, problems)
  warnWithoutEffect(
    declared.map(({ properties }) => properties),
    problems,
  )
  return mappings
}

function eventMappings(serverless: ServerlessWithResources, problems: Problems): MappingDeclaration[] {
  return Object.entries(serverless.service.functions ?? {}).flatMap(([functionKey, { events = [] }]) =>
    events.flatMap((event, i) => {
      const kind = (['kafka', 'msk'] as const).find(
        (candidate) => isPlainObject(event) && event[candidate] !== undefined,
      )
      if (kind === undefined) return []
      const where = `${functionKey}: events[${i}].${kind}`
      const given = event[kind]
      if (!isPlainObject(given)) {
        problems.add(where, `must be an object, not ${formatValue(given)}`)
        return []
      }
      const logicalId = logicalIdOf(serverless, functionKey, kind, given, events.slice(i + 1))
      const mapped = mapEvent(kind, given, where, problems)
      return [{ functionKey, logicalId, ...mergeResources(serverless, logicalId, mapped) }]
    }),
  )
}

function resourceMappings(
  serverless: ServerlessWithResources,
  eventIds: ReadonlySet<string>,
  functions: IntrinsicFunctions,
  problems: Problems,
): MappingDeclaration[] {
  return declaredMappings(serverless).flatMap((logicalId) => {
    if (eventIds.has(logicalId)) return []
    const where = `resources.Resources.${logicalId}`
    const layered = mergeResources(serverless, logicalId, { where, properties: {}, origins: new Map() })
    if (layered.properties.Topics === undefined) problems.add(`${where}.Properties.Topics`, 'is missing')
    const target = functions.resolve(layered.properties.FunctionName)
    const functionKey = functionKeyOf(serverless, target)
    if (functionKey === undefined) {
      const why =
        target instanceof UnknownValue
          ? needsReference(target)
          : `is ${formatValue(target)}, which is not a function of this service.`
      problems.warn(where, `does not run: its FunctionName ${why}`)
      return []
    }
    return [{ functionKey, logicalId, ...layered }]
  })
}

/** `target` is a `FunctionName`: a name or an ARN, with or without a version or alias. */
export function functionKeyOf({ service }: ServerlessWithResources, target: unknown): string | undefined {
  if (typeof target !== 'string') return undefined
  const [, name = target] = /(?:^|:)function:([^:]+)/.exec(target) ?? []
  const found = Object.entries(service.functions ?? {}).find(
    ([key, { name: own = key }]) => own === name || own === name.split(':')[0],
  )
  return found?.[0]
}

/** CloudFormation skips a mapping whose condition is false. */
function isCreated(
  { condition: name, where }: MappingResource,
  functions: IntrinsicFunctions,
  problems: Problems,
): boolean {
  const condition = name === undefined ? true : functions.condition(name)
  if (condition instanceof UnknownValue) {
    problems.add(`${where}: its condition`, needsReference(condition))
    return false
  }
  if (!condition) problems.warn(where, `does not run: its condition ${name} is false.`)
  return condition
}

function readMapping(
  serverless: ServerlessWithResources,
  custom: CustomSettings,
  declaration: MappingDeclaration,
  functions: IntrinsicFunctions,
  nowMs: number,
  problems: Problems,
): ServiceMapping {
  const { functionKey, logicalId } = declaration
  const { service } = serverless
  const definition = service.functions![functionKey]!
  const { handler, image, reservedConcurrency, timeout = service.provider.timeout ?? 0 } = definition
  if (handler === undefined && image === undefined) problems.add(`${functionKey}: handler`, 'is missing')
  if (timeout > maxTimeoutSeconds) {
    const limit = `${maxTimeoutSeconds} seconds, the longest for a function that Kafka invokes`
    problems.add(`${functionKey}: timeout`, `must be at most ${limit}, not ${timeout}`)
  }
  if (reservedConcurrency === 0)
    problems.warn(`${functionKey}:`, 'its reservedConcurrency is 0, so it is never invoked.')
  const { FunctionName: _, ...own } = declaration.properties
  const properties = functions.resolve(own) as PlainObject
  const clusterKey = expressionKey(own.EventSourceArn)
  const settings = readMappingSettings({ ...declaration, properties }, clusterKey, nowMs, problems)
  const uuid = mappingUuid(serverless, logicalId)
  return {
    functionKey,
    logicalId,
    uuid,
    groupId: localGroupId(settings.consumerGroupId, uuid, [logicalId, functionKey], custom),
    settings,
  }
}

/** serverless 4 extends the ids of `kafka` events that a later event of the function repeats. */
function logicalIdOf(
  serverless: ServerlessWithResources,
  functionKey: string,
  kind: EventKind,
  event: PlainObject,
  laterEvents: readonly unknown[],
): string {
  const { naming } = serverless.getProvider('aws')
  const topic = String(event.topic)
  if (kind === 'kafka') {
    const id = naming.getKafkaEventLogicalId(functionKey, topic)
    const isRepeated = laterEvents.some((later) => {
      const other = isPlainObject(later) && isPlainObject(later.kafka) ? later.kafka.topic : undefined
      return other !== undefined && naming.getKafkaEventLogicalId(functionKey, String(other)) === id
    })
    if (!isRepeated) return id
    const { consumerGroupId, bootstrapServers } = event
    return naming.getKafkaEventLogicalId(functionKey, topic, consumerGroupId, listOf(bootstrapServers))
  }
  const cluster = expressionKey(event.arn) ?? String(event.arn).split('/')[1] ?? String(event.arn)
  return naming.getMSKEventLogicalId(functionKey, cluster, topic)
}

/** If mappings have the same logical id, serverless deploys only the last one. AWS requires unique groups. */
function rejectDuplicates(mappings: readonly ServiceMapping[], problems: Problems): void {
  const byLogicalId = new Map<string, ServiceMapping>()
  const byGroup = new Map<string, string>()
  for (const mapping of mappings) {
    const { functionKey, logicalId, settings } = mapping
    const sameId = byLogicalId.get(logicalId)
    if (sameId !== undefined) {
      problems.add(
        `${functionKey}: events`,
        `have two mappings with the logical id ${logicalId}, of the topics ${sameId.settings.topic} and ` +
          `${settings.topic}: serverless deploys only the last. Declare one of them in resources.Resources as an ` +
          'AWS::Lambda::EventSourceMapping.',
      )
    }
    byLogicalId.set(logicalId, mapping)
    for (const groupId of new Set([settings.consumerGroupId ?? mapping.groupId, mapping.groupId])) {
      const other = byGroup.get(groupId)
      if (other !== undefined && other !== logicalId) {
        problems.add(`${functionKey}: consumerGroupId`, `${groupId} is also the group of ${other}`)
      }
      byGroup.set(groupId, logicalId)
    }
  }
}
