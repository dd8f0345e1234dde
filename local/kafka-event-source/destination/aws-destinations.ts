import { randomUUID } from 'node:crypto'
import type { DiscardedRecords } from '../batch/discarded-records.ts'
import { loadPackage } from '../peer-packages/load-package.ts'
import type { Destination } from './destination.ts'
import { type FailureContext, failureRecord } from './failure-record.ts'

/** Without these limits, a stalled request would block delivery. */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true }

export type SendFailure = (discarded: DiscardedRecords) => Promise<void>

type AwsSettings = {
  readonly endpoint: string | undefined
  readonly region: string
}

/** @throws when the destination's SDK client is not installed */
export async function awsDestination(
  destination: Exclude<Destination, { kind: 'kafka' }>,
  { endpoint, region }: AwsSettings,
  mappingUuid: string,
  context: FailureContext,
): Promise<SendFailure> {
  const options = { requestHandler, ...(endpoint !== undefined && { endpoint }) }
  const bodyOf = (discarded: DiscardedRecords) =>
    JSON.stringify(failureRecord(discarded, context, destination.kind === 's3'))
  switch (destination.kind) {
    case 'sqs': {
      const { GetQueueUrlCommand, SendMessageCommand, SQSClient } = await loadPackage('@aws-sdk/client-sqs')
      const client = new SQSClient({ region: destination.region, ...options })
      let queueUrl: string | undefined
      return async (discarded) => {
        queueUrl ??= (await client.send(new GetQueueUrlCommand({ QueueName: destination.queueName })))
          .QueueUrl
        await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: bodyOf(discarded) }))
      }
    }
    case 'sns': {
      const { PublishCommand, SNSClient } = await loadPackage('@aws-sdk/client-sns')
      const client = new SNSClient({ region: destination.region, ...options })
      return async (discarded) => {
        await client.send(new PublishCommand({ TopicArn: destination.target, Message: bodyOf(discarded) }))
      }
    }
    case 's3': {
      const { PutObjectCommand, S3Client } = await loadPackage('@aws-sdk/client-s3')
      const client = new S3Client({ region, forcePathStyle: true, ...options })
      return async (discarded) => {
        const object = { Bucket: destination.bucket, Key: objectKey(mappingUuid, new Date()) }
        const body = { Body: bodyOf(discarded), ContentType: 'application/json' }
        await client.send(new PutObjectCommand({ ...object, ...body }))
      }
    }
    default:
      return destination satisfies never
  }
}

/** Uses AWS's format: `aws/lambda/<mapping>/YYYY/MM/DD/YYYY-MM-DDTHH.MM.SS-<random>`. */
function objectKey(mappingUuid: string, now: Date): string {
  const second = now.toISOString().slice(0, 19)
  return `aws/lambda/${mappingUuid}/${second.slice(0, 10).replaceAll('-', '/')}/${second.replaceAll(':', '.')}-${randomUUID()}`
}
