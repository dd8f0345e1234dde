/**
 * Values of `Ref` and `Fn::GetAtt` for on-failure destinations (CloudFormation resource reference, "Return
 * values"). CloudFormation generates the name of a resource without one, so its values are unknown.
 */
import { isPlainObject, type PlainObject } from './problems.ts'
import { UnknownValue } from './unknown-value.ts'

type ResourceContext = {
  readonly region: string
  readonly account: string
  resolve(value: unknown): unknown
}

/** Returns undefined if the value is unknown before a deployment. */
export function resourceRef(resource: PlainObject, naming: ResourceContext): unknown {
  switch (resource.Type) {
    case 'AWS::SNS::Topic':
      return arnOf(resource, naming)
    case 'AWS::S3::Bucket':
      return named(resource, 'BucketName', naming)
    default:
      return undefined
  }
}

export function resourceAttribute(
  resource: PlainObject,
  attribute: string,
  naming: ResourceContext,
): unknown {
  switch (`${resource.Type}.${attribute}`) {
    case 'AWS::SQS::Queue.Arn':
    case 'AWS::SNS::Topic.TopicArn':
    case 'AWS::S3::Bucket.Arn':
      return arnOf(resource, naming)
    case 'AWS::SQS::Queue.QueueName':
      return named(resource, 'QueueName', naming)
    case 'AWS::SNS::Topic.TopicName':
      return named(resource, 'TopicName', naming)
    default:
      return undefined
  }
}

function arnOf(resource: PlainObject, naming: ResourceContext): unknown {
  const { region, account } = naming
  switch (resource.Type) {
    case 'AWS::SQS::Queue':
      return prefixed(`arn:aws:sqs:${region}:${account}:`, named(resource, 'QueueName', naming))
    case 'AWS::SNS::Topic':
      return prefixed(`arn:aws:sns:${region}:${account}:`, named(resource, 'TopicName', naming))
    default:
      return prefixed('arn:aws:s3:::', named(resource, 'BucketName', naming))
  }
}

function named({ Properties: properties }: PlainObject, key: string, naming: ResourceContext): unknown {
  const name = isPlainObject(properties) ? naming.resolve(properties[key]) : undefined
  return typeof name === 'string' || name instanceof UnknownValue ? name : undefined
}

function prefixed(prefix: string, name: unknown): unknown {
  return typeof name === 'string' ? `${prefix}${name}` : name
}
