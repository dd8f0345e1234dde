/**
 * Values of `Ref` and `Fn::GetAtt` for on-failure destinations and functions (CloudFormation resource reference,
 * "Return values"). CloudFormation generates the name of a resource without one, so its values are unknown.
 */
import { awsPartition } from '../../../lib/aws-domain.ts'
import { isPlainObject, type PlainObject } from './problems.ts'
import { UnknownValue } from './unknown-value.ts'

type ResourceContext = {
  readonly region: string
  readonly account: string
  resolve(value: unknown): unknown
}

/** Kinds of values by type and attribute. `Ref` has no attribute. Versions and aliases run their function here. */
const values: Readonly<Record<string, 'arn' | 'name' | 'function'>> = {
  'AWS::Lambda::Alias': 'function',
  'AWS::Lambda::Version': 'function',
  'AWS::SQS::Queue.Arn': 'arn',
  'AWS::SQS::Queue.QueueName': 'name',
  'AWS::SNS::Topic': 'arn',
  'AWS::SNS::Topic.TopicArn': 'arn',
  'AWS::SNS::Topic.TopicName': 'name',
  'AWS::S3::Bucket': 'name',
  'AWS::S3::Bucket.Arn': 'arn',
}

/** Returns undefined if the value is unknown before a deployment. */
export function resourceValue(
  { Type: type, Properties: properties }: PlainObject,
  attribute: string | undefined,
  { region, account, resolve }: ResourceContext,
): unknown {
  const kind = values[attribute === undefined ? String(type) : `${type}.${attribute}`]
  if (kind === undefined) return undefined
  const [, service = '', resource = ''] = String(type).split('::')
  const nameKey = kind === 'function' ? 'FunctionName' : `${resource}Name`
  const name = isPlainObject(properties) ? resolve(properties[nameKey]) : undefined
  if (name instanceof UnknownValue) return name
  if (typeof name !== 'string') return undefined
  if (kind !== 'arn') return name
  const place = service === 'S3' ? ':' : `${region}:${account}`
  return `arn:${awsPartition(region)}:${service.toLowerCase()}:${place}:${name}`
}
