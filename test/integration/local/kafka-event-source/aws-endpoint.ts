import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import type { RunningTest } from '../../../harness/container-service.ts'

export type AwsEndpoint = {
  readonly endpoint: string
  readonly sqsMessages: { QueueUrl: string; MessageBody: string }[]
  readonly snsMessages: { TopicArn: string; Message: string }[]
  /** Secrets of Secrets Manager, by ARN. */
  readonly secrets: Map<string, string>
  /** Schema versions of Glue, by UUID. */
  readonly schemas: Map<string, { readonly DataFormat: string; readonly SchemaDefinition: string }>
}

/** The parts of SQS, SNS, Secrets Manager and Glue that the AWS SDK uses here. Records its requests. */
export async function startAwsEndpoint(test: RunningTest): Promise<AwsEndpoint> {
  const sqsMessages: AwsEndpoint['sqsMessages'] = []
  const snsMessages: AwsEndpoint['snsMessages'] = []
  const secrets: AwsEndpoint['secrets'] = new Map()
  const schemas: AwsEndpoint['schemas'] = new Map()
  process.env.AWS_ACCESS_KEY_ID ??= 'local'
  process.env.AWS_SECRET_ACCESS_KEY ??= 'locallocal'
  const server = createServer(async (request, response) => {
    const body = await text(request)
    const target = String(request.headers['x-amz-target'] ?? '')
    const json = (answer: object, status = 200) => {
      response.writeHead(status, { 'content-type': 'application/x-amz-json-1.0' })
      response.end(JSON.stringify(answer))
    }
    if (target === 'AmazonSQS.GetQueueUrl') {
      json({ QueueUrl: `${endpoint}/000000000000/${JSON.parse(body).QueueName}` })
    } else if (target === 'AmazonSQS.SendMessage') {
      sqsMessages.push(JSON.parse(body))
      json({ MessageId: '1', MD5OfMessageBody: md5(JSON.parse(body).MessageBody) })
    } else if (target === 'secretsmanager.GetSecretValue') {
      const SecretString = secrets.get(JSON.parse(body).SecretId)
      if (SecretString === undefined)
        json({ __type: 'ResourceNotFoundException', message: 'no such secret' }, 400)
      else json({ SecretString })
    } else if (target === 'AWSGlue.GetSchemaVersion') {
      const schema = schemas.get(JSON.parse(body).SchemaVersionId)
      if (schema === undefined) json({ __type: 'EntityNotFoundException', message: 'no such schema' }, 400)
      else json(schema)
    } else {
      const { TopicArn, Message } = Object.fromEntries(new URLSearchParams(body))
      snsMessages.push({ TopicArn: TopicArn!, Message: Message! })
      response.writeHead(200, { 'content-type': 'text/xml' })
      response.end(
        '<PublishResponse><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>',
      )
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  test.after(async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  })
  return { endpoint, sqsMessages, snsMessages, secrets, schemas }
}

function md5(message: string): string {
  return createHash('md5').update(message).digest('hex')
}
