/** The identity policies of a template, with the CloudFormation references in them resolved. */
import type { RenderedTemplate } from './rendered-stage.ts'

export type PolicyDocument = { readonly Version: string; readonly Statement: readonly PolicyStatement[] }

export type PolicyStatement = {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: readonly string[]
  readonly Resource: string | readonly string[]
  readonly Condition?: unknown
}

const account = '123456789012'
const region = 'eu-central-1'
const pseudoParameters: Readonly<Record<string, string>> = {
  'AWS::Partition': 'aws',
  'AWS::Region': region,
  'AWS::AccountId': account,
}

const arns: Readonly<Record<string, (name: string) => string>> = {
  'AWS::S3::Bucket': (name) => `arn:aws:s3:::${name}`,
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:${region}:${account}:${name}`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:${region}:${account}:function:${name}`,
}

/** Returns the policies by the logical id of their role. */
export function rolePolicies({ Resources }: RenderedTemplate): ReadonlyMap<string, PolicyDocument> {
  const policies = new Map<string, PolicyDocument>()
  for (const [id, { Type, Properties }] of Object.entries(Resources)) {
    if (Type !== 'AWS::IAM::Role') continue
    const documents = (Properties.Policies ?? []) as { PolicyDocument: unknown }[]
    for (const { PolicyDocument } of documents) {
      policies.set(id, resolved(PolicyDocument, Resources) as PolicyDocument)
    }
  }
  return policies
}

function resolved(value: unknown, resources: RenderedTemplate['Resources']): unknown {
  if (Array.isArray(value)) return value.map((item) => resolved(item, resources))
  if (typeof value !== 'object' || value === null) return value
  const { Ref, 'Fn::GetAtt': attribute, 'Fn::Sub': text, 'Fn::Join': join } = value as Record<string, unknown>
  if (typeof Ref === 'string') return named(Ref, resources)
  if (Array.isArray(attribute)) return named(attribute.join('.'), resources)
  if (typeof text === 'string')
    return text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) => named(name, resources))
  if (Array.isArray(join)) return (resolved(join[1], resources) as string[]).join(join[0])
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolved(item, resources)]))
}

function named(name: string, resources: RenderedTemplate['Resources']): string {
  const known = pseudoParameters[name]
  if (known !== undefined) return known
  const [id, attribute] = name.split('.')
  const arn = attribute === 'Arn' ? arns[resources[id!]?.Type ?? ''] : undefined
  if (arn === undefined) throw new Error(`No policy is expected to refer to ${name}`)
  return arn(id!.toLowerCase())
}
