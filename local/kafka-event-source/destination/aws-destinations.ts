import { randomUUID } from 'node:crypto'
import type { DiscardedRecords } from '../batch/discarded-records.ts'
import { loadSdk } from '../peer-packages/load-sdk.ts'
import type { Destination } from './destination.ts'
import { type FailureContext, failureObject, failureRecord } from './failure-record.ts'

export type AwsSettings = {
  /** URL that replaces AWS's endpoints. */
  readonly endpoint: string | undefined
  readonly region: string
}

/** Without these limits, a stalled request would block delivery. */
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 30_000, throwOnRequestTimeout: true }

export type SendFailure = (discarded: DiscardedRecords, context: FailureContext) => Promise<void>

type AwsDestination = Exclude<Destination, { kind: 'kafka' }>

/** @throws when the destination's SDK client is not installed */
export async function awsDestination(
  destination: AwsDestination,
  settings: AwsSettings,
  mappingUuid: string,
): Promise<SendFailure> {
  const options = { requestHandler, ...(settings.endpoint !== undefined && { endpoint: settings.endpoint }) }
  switch (destination.kind) {
    case 'sqs': {
      const { GetQueueUrlCommand, SendMessageCommand, SQSClient } = await loadSdk('client-sqs')
      const client = new SQSClient({ region: destination.region, ...options })
      let queueUrl: string | undefined
      return async (discarded, context) => {
        queueUrl ??= (await client.send(new GetQueueUrlCommand({ QueueName: destination.queueName })))
          .QueueUrl
        const body = JSON.stringify(failureRecord(discarded, context))
        await client.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: body }))
      }
    }
    case 'sns': {
      const { PublishCommand, SNSClient } = await loadSdk('client-sns')
      const client = new SNSClient({ region: destination.region, ...options })
      return async (discarded, context) => {
        const body = JSON.stringify(failureRecord(discarded, context))
        await client.send(new PublishCommand({ TopicArn: destination.target, Message: body }))
      }
    }
    case 's3': {
      const { PutObjectCommand, S3Client } = await loadSdk('client-s3')
      const client = new S3Client({ region: settings.region, forcePathStyle: true, ...options })
      return async (discarded, context) => {
        const key = objectKey(mappingUuid, context.now)
        const body = JSON.stringify(failureObject(discarded, context))
        await client.send(
          new PutObjectCommand({
            Bucket: destination.bucket,
            Key: key,
            Body: body,
            ContentType: 'application/json',
          }),
        )
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
