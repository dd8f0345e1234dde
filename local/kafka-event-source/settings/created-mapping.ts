import { randomUUID } from 'node:crypto'
import { IntrinsicFunctions } from './intrinsic-functions.ts'
import { mappingSettings } from './mapping-settings.ts'
import { isPlain, type Plain, Problems, shown } from './problems.ts'
import { functionKeyOf } from './read-mappings.ts'
import type { Serverless } from './service.ts'
import { type AccessibleMapping, type ServiceSettings, withAccess } from './service-settings.ts'
import { templateOf } from './template.ts'

/**
 * Reads the body of `CreateEventSourceMapping` for a function of the service. Its property names are CloudFormation's,
 * except for the bootstrap servers.
 * @throws {SettingsError} with every problem
 */
export async function createdMapping(
  serverless: Serverless,
  { custom, region }: ServiceSettings,
  request: Plain,
  nowMs: number,
): Promise<AccessibleMapping> {
  const problems = new Problems()
  const template = templateOf(serverless, region, custom.references)
  const { FunctionName: functionName, ...own } = request
  const functionKey = functionKeyOf(serverless, template, functionName)
  if (functionKey === undefined) {
    problems.add('FunctionName', `must be a function of this service, not ${shown(functionName)}`)
  }
  if (own.Topics === undefined) problems.add('Topics', 'is missing')
  if (own.SelfManagedEventSource === undefined && own.EventSourceArn === undefined) {
    problems.add('SelfManagedEventSource', 'is missing, and EventSourceArn too')
  }
  const properties = new IntrinsicFunctions(template).resolve(inCloudFormation(own)) as Plain
  const origins = new Map(Object.keys(properties).map((name) => [name, name]))
  const settings = mappingSettings({ properties, origins }, undefined, 'The mapping', nowMs, problems)
  problems.settle()
  const definition = serverless.service.functions![functionKey!]!
  const uuid = randomUUID()
  const mapping = {
    functionKey: functionKey!,
    definition: { ...definition, handler: definition.handler ?? '' },
    logicalId: uuid,
    uuid,
    groupId: settings.consumerGroupId ?? uuid,
    settings,
  }
  const accessible = await withAccess(mapping, custom, region, problems)
  problems.settle()
  return accessible
}

function inCloudFormation(request: Plain): Plain {
  const { SelfManagedEventSource: source } = request
  const endpoints = isPlain(source) ? source.Endpoints : undefined
  const servers = isPlain(endpoints) ? endpoints.KAFKA_BOOTSTRAP_SERVERS : undefined
  if (servers === undefined) return request
  return { ...request, SelfManagedEventSource: { Endpoints: { KafkaBootstrapServers: servers } } }
}
