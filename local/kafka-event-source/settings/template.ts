import { awsDomain, awsPartition } from '../../../lib/aws-domain.ts'
import { functionArn, localAccount } from '../../containers/function-arn.ts'
import type { PlainObject } from './problems.ts'
import type { ServerlessWithResources } from './service.ts'

/** Names and values that CloudFormation expressions can reference, if known before a deployment. */
export type Template = {
  readonly resources: Readonly<Record<string, PlainObject>>
  readonly conditions: PlainObject
  readonly mappings: PlainObject
  /** Parameters of the template and CloudFormation's pseudo parameters, except `AWS::NoValue`. */
  readonly parameters: ReadonlyMap<string, unknown>
  /** Functions by logical id. */
  readonly functions: ReadonlyMap<string, { readonly name: string; readonly arn: string }>
  readonly references: ReadonlyMap<string, unknown>
}

/** `references` override the template's declarations. */
export function templateOf(
  serverless: ServerlessWithResources,
  region: string,
  references: ReadonlyMap<string, unknown>,
): Template {
  const { service } = serverless
  const { Resources = {}, Conditions = {}, Mappings = {}, Parameters = {} } = service.resources ?? {}
  const stage = serverless.getProvider('aws').getStage()
  const parameters = new Map<string, unknown>([
    ['AWS::AccountId', localAccount],
    ['AWS::Partition', awsPartition(region)],
    ['AWS::Region', region],
    ['AWS::StackName', service.provider.stackName ?? `${service.service}-${stage}`],
    ['AWS::URLSuffix', awsDomain(region)],
  ])
  const { stackParameters = [] } = service.provider
  const given = new Map(
    stackParameters.map(({ ParameterKey, ParameterValue }) => [ParameterKey, ParameterValue]),
  )
  for (const name of new Set([...Object.keys(Parameters), ...given.keys()])) {
    const { Type, Default }: PlainObject = Parameters[name] ?? {}
    const value = given.get(name) ?? Default
    if (value === undefined || isStoredElsewhere(Type)) continue
    const items = String(value).split(',')
    parameters.set(name, isList(Type) ? items.map((item) => item.trim()) : value)
  }
  for (const name of parameters.keys()) if (references.has(name)) parameters.set(name, references.get(name))
  return {
    resources: Resources,
    conditions: Conditions,
    mappings: Mappings,
    parameters,
    functions: functionsOf(serverless, region, parameters.get('AWS::AccountId')),
    references,
  }
}

function functionsOf(
  serverless: ServerlessWithResources,
  region: string,
  account: unknown,
): Template['functions'] {
  const { naming } = serverless.getProvider('aws')
  return new Map(
    Object.entries(serverless.service.functions ?? {}).map(([key, { name = key }]) => [
      naming.getLambdaLogicalId(key),
      { name, arn: functionArn(region, name, account) },
    ]),
  )
}

/** The value is the name of a Systems Manager parameter. */
function isStoredElsewhere(type: unknown): boolean {
  return String(type).startsWith('AWS::SSM::Parameter::Value')
}

function isList(type: unknown): boolean {
  return type === 'CommaDelimitedList' || String(type).startsWith('List<')
}
