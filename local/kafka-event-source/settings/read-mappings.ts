import type { FunctionDefinition } from '../../serverless/service.ts'
import type { CustomSettings } from './custom-settings.ts'
import { type EventKind, mapEvent } from './event-keys.ts'
import { expressionKey, IntrinsicFunctions } from './intrinsic-functions.ts'
import { localGroupId, mappingUuid } from './mapping-ids.ts'
import type { MappingSettings } from './mapping-settings.ts'
import { formatValue, isPlainObject, type PlainObject, type Problems } from './problems.ts'
import { readMappingSettings, warnWithoutEffect } from './read-mapping-settings.ts'
import { declaredMappings, type MappingResource, mergeResources, reportMisspelt } from './resource-layers.ts'
import type { ServerlessWithResources } from './service.ts'
import { type Template, templateOf } from './template.ts'
import { needsReference, UnknownValue } from './unknown-value.ts'

export type ServiceMapping = {
  readonly functionKey: string
  readonly definition: FunctionDefinition & { readonly handler: string }
  readonly logicalId: string
  readonly uuid: string
  readonly groupId: string
  readonly settings: MappingSettings
}

/** AWS's limit for functions with Kafka events (page `with-kafka`). */
const longestTimeoutSeconds = 14 * 60

type MappingDeclaration = {
  readonly functionKey: string
  readonly logicalId: string
  readonly where: string
  readonly layered: MappingResource
}

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
  const template = templateOf(serverless, region, custom.references)
  const functions = new IntrinsicFunctions(template)
  const ofEvents = eventMappings(serverless, problems)
  const eventIds = new Set(ofEvents.map(({ logicalId }) => logicalId))
  const declared = [...ofEvents, ...resourceMappings(serverless, eventIds, template, functions, problems)]
  reportMisspelt(serverless, new Set(declared.map(({ logicalId }) => logicalId)), problems)
  const mappings = declared
    .filter(({ layered, where }) => isCreated(layered, where, functions, problems))
    .map((one) => readMapping(serverless, custom, one, functions, nowMs, problems))
  rejectDuplicates(mappings, problems)
  warnWithoutEffect(
    declared.map(({ layered }) => layered.properties),
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
      const logicalId = logicalIdOf(serverless, functionKey, kind, given)
      const mapped = mapEvent(kind, given, where, problems)
      return [{ functionKey, logicalId, where, layered: mergeResources(serverless, logicalId, mapped) }]
    }),
  )
}

function resourceMappings(
  serverless: ServerlessWithResources,
  eventIds: ReadonlySet<string>,
  template: Template,
  functions: IntrinsicFunctions,
  problems: Problems,
): MappingDeclaration[] {
  return declaredMappings(serverless).flatMap(([logicalId]) => {
    if (eventIds.has(logicalId)) return []
    const where = `resources.Resources.${logicalId}`
    const layered = mergeResources(serverless, logicalId, { properties: {}, origins: new Map() })
    if (layered.properties.Topics === undefined) problems.add(`${where}.Properties.Topics`, 'is missing')
    const target = functions.resolve(layered.properties.FunctionName)
    const functionKey = functionKeyOf(serverless, template, target)
    if (functionKey === undefined) {
      problems.warn(
        where,
        `does not run: its FunctionName, ${formatValue(target)}, is not a function of this service.`,
      )
      return []
    }
    return [{ functionKey, logicalId, where, layered }]
  })
}

/** `target` is a `FunctionName`: a name or an ARN, with or without a version or alias. */
export function functionKeyOf(
  serverless: ServerlessWithResources,
  { functions }: Template,
  target: unknown,
): string | undefined {
  const { naming } = serverless.getProvider('aws')
  if (typeof target !== 'string') return undefined
  const [, name = target] = /(?:^|:)function:([^:]+)/.exec(target) ?? []
  return Object.keys(serverless.service.functions ?? {}).find((key) => {
    const own = functions.get(naming.getLambdaLogicalId(key))?.name
    return own === name || own === name.split(':')[0]
  })
}

/** CloudFormation skips a mapping whose condition is false. */
function isCreated(
  { condition: name }: MappingResource,
  where: string,
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
  { functionKey, logicalId, where, layered }: MappingDeclaration,
  functions: IntrinsicFunctions,
  nowMs: number,
  problems: Problems,
): ServiceMapping {
  const definition = serverless.service.functions![functionKey]!
  const { handler, timeout = serverless.service.provider.timeout ?? 0 } = definition
  if (handler === undefined && definition.image === undefined)
    problems.add(`${functionKey}: handler`, 'is missing')
  if (timeout > longestTimeoutSeconds) {
    const limit = `${longestTimeoutSeconds} seconds, the longest for a function that Kafka invokes`
    problems.add(`${functionKey}: timeout`, `must be at most ${limit}, not ${timeout}`)
  }
  const { FunctionName: _, ...own } = layered.properties
  const properties = functions.resolve(own) as PlainObject
  const clusterKey = expressionKey(own.EventSourceArn)
  const settings = readMappingSettings({ ...layered, properties }, clusterKey, where, nowMs, problems)
  const uuid = mappingUuid(serverless, logicalId)
  return {
    functionKey,
    definition: { ...definition, handler: handler ?? '' },
    logicalId,
    uuid,
    groupId: localGroupId(settings.consumerGroupId, uuid, [logicalId, functionKey], custom),
    settings,
  }
}

function logicalIdOf(
  serverless: ServerlessWithResources,
  functionKey: string,
  kind: EventKind,
  event: PlainObject,
): string {
  const { naming } = serverless.getProvider('aws')
  const topic = String(event.topic)
  if (kind === 'kafka') return naming.getKafkaEventLogicalId(functionKey, topic)
  return naming.getMSKEventLogicalId(functionKey, clusterToken(event.arn), topic)
}

/** Returns the cluster's part of serverless's logical id. */
function clusterToken(arn: unknown): string {
  return expressionKey(arn) ?? String(arn).split('/')[1] ?? String(arn)
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
        problems.add(`${functionKey}: consumerGroupId`, `${groupId} is the group of ${other} too`)
      }
      byGroup.set(groupId, logicalId)
    }
  }
}
