import { randomUUID } from 'node:crypto'
import { IntrinsicFunctions } from './intrinsic-functions.ts'
import { formatValue, isPlainObject, type PlainObject, Problems } from './problems.ts'
import { readMappingSettings, warnWithoutEffect } from './read-mapping-settings.ts'
import { functionKeyOf } from './read-mappings.ts'
import type { ServerlessWithResources } from './service.ts'
import { type AccessibleMapping, type ServiceSettings, withAccess } from './service-settings.ts'
import { templateOf } from './template.ts'

/**
 * Reads the body of `CreateEventSourceMapping`. Its property names are CloudFormation's, except for two.
 * @throws {SettingsError} with every problem
 */
export async function createdMapping(
  serverless: ServerlessWithResources,
  { custom, region }: ServiceSettings,
  request: PlainObject,
  nowMs: number,
): Promise<{ readonly mapping: AccessibleMapping; readonly warnings: readonly string[] }> {
  const problems = new Problems()
  const { FunctionName: functionName, ...own } = request
  const functionKey = functionKeyOf(serverless, functionName)
  if (functionKey === undefined) {
    problems.add('FunctionName', `must be a function of this service, not ${formatValue(functionName)}`)
  }
  if (own.Topics === undefined) problems.add('Topics', 'is missing')
  if (own.SelfManagedEventSource === undefined && own.EventSourceArn === undefined) {
    problems.add('SelfManagedEventSource', 'or EventSourceArn is required')
  }
  const functions = new IntrinsicFunctions(templateOf(serverless, region, custom.references))
  const properties = functions.resolve(inCloudFormation(own)) as PlainObject
  const origins = new Map(Object.keys(properties).map((name) => [name, name]))
  const mapped = { where: 'The request:', properties, origins }
  const settings = readMappingSettings(mapped, undefined, nowMs, problems)
  problems.throwIfAny()
  const uuid = randomUUID()
  const mapping = {
    functionKey: functionKey!,
    logicalId: uuid,
    uuid,
    groupId: settings.consumerGroupId ?? uuid,
    settings,
  }
  const accessible = await withAccess(mapping, custom, region, problems)
  problems.throwIfAny()
  warnWithoutEffect([properties], problems)
  return { mapping: accessible, warnings: problems.warnings }
}

/** CloudFormation has other names for two properties. */
function inCloudFormation({ KMSKeyArn: key, ...request }: PlainObject): PlainObject {
  const servers = requestedServers(request)
  return {
    ...request,
    ...(key !== undefined && { KmsKeyArn: key }),
    ...(servers !== undefined && {
      SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: servers } },
    }),
  }
}

export function requestedServers({ SelfManagedEventSource: source }: PlainObject): unknown {
  const endpoints = isPlainObject(source) ? source.Endpoints : undefined
  return isPlainObject(endpoints) ? endpoints.KAFKA_BOOTSTRAP_SERVERS : undefined
}
