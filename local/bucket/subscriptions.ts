import type { S3Change } from '../../lambda/s3-event.ts'
import { AppError } from '../../lib/errors.ts'
import { decodeLeniently } from './decode-leniently.ts'

/**
 * An `s3` event of serverless.yml (Amazon S3 user guide, page "Configuring event notifications using object key name
 * filtering").
 */
export type Subscription = {
  readonly functionKey: string
  readonly bucket: string
  /** An event type such as `s3:ObjectCreated:*`. */
  readonly event: string
  readonly prefix: string
  readonly suffix: string
}

export type S3EventDefinition =
  | string
  | {
      readonly bucket: unknown
      readonly event?: string
      readonly rules?: readonly { readonly prefix?: unknown; readonly suffix?: unknown }[]
    }

const defaultEvent = 's3:ObjectCreated:*'

/** User guide, page "Supported event types for SQS, SNS, and Lambda". The local bucket sends only some of them. */
const eventKinds = [
  's3:ObjectCreated:',
  's3:ObjectRemoved:',
  's3:ObjectRestore:',
  's3:ReducedRedundancyLostObject',
  's3:Replication:',
  's3:LifecycleExpiration:',
  's3:LifecycleTransition',
  's3:IntelligentTiering',
  's3:ObjectTagging:',
  's3:ObjectAcl:Put',
]

/** @throws CONFIG_INVALID with the function and the invalid property */
export function readSubscription(functionKey: string, definition: S3EventDefinition): Subscription {
  const {
    bucket,
    event = defaultEvent,
    rules = [],
  } = typeof definition === 'string' ? { bucket: definition } : definition
  const refuse = (what: string) =>
    new AppError('CONFIG_INVALID', `Function "${functionKey}", event s3 in serverless.yml: ${what}.`)
  if (typeof bucket !== 'string' || bucket === '') {
    throw refuse('bucket must be a name, because references are resolved only at deployment')
  }
  if (!eventKinds.some((kind) => event.startsWith(kind))) throw refuse(`S3 has no event "${event}"`)
  const filter = (name: 'prefix' | 'suffix') => {
    const values = rules.map((rule) => rule[name]).filter((value) => value !== undefined)
    if (values.length > 1) throw refuse(`rules may have one ${name}`)
    const [value = ''] = values
    if (typeof value !== 'string') throw refuse(`${name} must be text`)
    return decodeLeniently(value.replaceAll('+', ' '))
  }
  return { functionKey, bucket, event, prefix: filter('prefix'), suffix: filter('suffix') }
}

export function matches(
  subscription: Subscription,
  change: Pick<S3Change, 'bucket' | 'key' | 'eventName'>,
): boolean {
  const { bucket, event, prefix, suffix } = subscription
  const name = `s3:${change.eventName}`
  return (
    bucket === change.bucket &&
    (event.endsWith('*') ? name.startsWith(event.slice(0, -1)) : name === event) &&
    change.key.startsWith(prefix) &&
    change.key.endsWith(suffix)
  )
}
