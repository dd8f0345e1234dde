import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import type { ResourceRequest } from '../../functions/topics/custom-resource.ts'

type ResourceResponse = {
  readonly Status: 'SUCCESS' | 'FAILED'
  readonly Reason?: string
  readonly PhysicalResourceId: string
  readonly RequestId: string
  readonly LogicalResourceId: string
  readonly StackId: string
  readonly Data?: Readonly<Record<string, unknown>>
}

export type Stack = {
  request(
    type: ResourceRequest['RequestType'],
    physicalId?: string,
    properties?: Pick<ResourceRequest, 'ResourceProperties' | 'OldResourceProperties'>,
  ): ResourceRequest
  /** The responses of the custom resource, in order, with the content type that S3's signature covers. */
  readonly responses: { readonly body: ResourceResponse; readonly contentType: string | undefined }[]
  close(): void
}

/** Emulates CloudFormation for a custom resource. `status`: S3's status for each response. */
export async function startStack(status = 200): Promise<Stack> {
  const responses: Stack['responses'] = []
  const server = createServer(async (request, response) => {
    responses.push({
      body: (await json(request)) as ResourceResponse,
      contentType: request.headers['content-type'],
    })
    response.writeHead(status).end()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  let requests = 0
  return {
    responses,
    request: (RequestType, PhysicalResourceId, properties = { ResourceProperties: {} }) => ({
      RequestType,
      ResponseURL: `http://127.0.0.1:${port}/answer`,
      StackId: 'arn:aws:cloudformation:eu-central-1:123456789012:stack/books/1',
      RequestId: `request-${++requests}`,
      LogicalResourceId: 'Topics',
      ...properties,
      ...(PhysicalResourceId !== undefined && { PhysicalResourceId }),
    }),
    close: () => server.close(),
  }
}
