/** The target for records that a function failed to process (AWS Lambda guide, page `kafka-on-failure-destination`). */
export type Destination = { /** The configured value. */ readonly target: string } & (
  | { readonly kind: 'sqs'; readonly region: string; readonly queueName: string }
  | { readonly kind: 'sns'; readonly region: string }
  | { readonly kind: 's3'; readonly bucket: string }
  | { readonly kind: 'kafka'; readonly topic: string }
)

const queueArn = /^arn:[\w-]+:sqs:([\w-]+):\d{12}:([\w-]{1,80}(?:\.fifo)?)$/
const topicArn = /^arn:[\w-]+:sns:([\w-]+):\d{12}:[\w-]{1,256}(?:\.fifo)?$/
const bucketArn = /^arn:[\w-]+:s3:::([a-z0-9.-]{3,63})$/
const kafkaTopic = /^kafka:\/\/([\w.-]{1,249})$/

/** Parses an ARN or `kafka://topic`. @returns undefined for any other value */
export function parseDestination(target: unknown): Destination | undefined {
  if (typeof target !== 'string') return undefined
  const queue = queueArn.exec(target)
  if (queue !== null) return { target, kind: 'sqs', region: queue[1]!, queueName: queue[2]! }
  const topic = topicArn.exec(target)
  if (topic !== null) return { target, kind: 'sns', region: topic[1]! }
  const bucket = bucketArn.exec(target)
  if (bucket !== null) return { target, kind: 's3', bucket: bucket[1]! }
  const kafka = kafkaTopic.exec(target)
  return kafka === null ? undefined : { target, kind: 'kafka', topic: kafka[1]! }
}
