/**
 * Serves Lambda's asynchronous Invoke (AWS Lambda API reference, page `API_Invoke`). Shares the bucket's port, because no
 * S3 request has the same method and path.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { parsedJson } from '../../lib/json.ts'
import { decodeLeniently } from './decode-leniently.ts'
import type { EventQueue } from './event-queue.ts'
import { readBody } from './request-body.ts'

export type InvokeTarget = {
  readonly queue: EventQueue
  readonly functionKeys: ReadonlyMap<string, string>
}

/** Lambda's limit (developer guide, page `gettingstarted-limits`). */
const maxEventBytes = 1024 * 1024

const invokePath = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/

export function invokedFunction({ method, url = '' }: IncomingMessage): string | undefined {
  const [, name] = (method === 'POST' && invokePath.exec(url)) || []
  return name
}

export async function serveInvoke(
  { queue, functionKeys }: InvokeTarget,
  encodedName: string,
  response: ServerResponse,
): Promise<void> {
  const { req: request } = response
  const refuse = (status: number, type: string, message: string) => {
    request.resume()
    response.writeHead(status, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': type })
    response.end(JSON.stringify({ Type: 'User', Message: message }))
  }
  const body = await readBody(response, maxEventBytes)
  const functionKey = functionKeys.get(nameIn(encodedName))
  if (functionKey === undefined) {
    const known = [...functionKeys.keys()].join(', ')
    return refuse(
      404,
      'ResourceNotFoundException',
      `Function not found: ${encodedName}. Available functions: ${known}.`,
    )
  }
  if (request.headers['x-amz-invocation-type'] !== 'Event') {
    const message = 'This port supports only the InvocationType Event. Use LAMBDA_PORT for the others.'
    return refuse(400, 'InvalidParameterValueException', message)
  }
  if (body === undefined) {
    return refuse(413, 'RequestTooLargeException', `An event has at most ${maxEventBytes} bytes.`)
  }
  // As in Lambda, a missing body is an empty event.
  const event = body.length === 0 ? {} : parsedJson(body.toString())
  if (event === undefined) return refuse(400, 'InvalidRequestContentException', 'The event is not JSON.')
  await queue.invoked(functionKey, event)
  response.writeHead(202).end()
}

/** Extracts the name from a name, a full or partial ARN, or serverless-offline's ARN. Removes a version or alias. */
function nameIn(encodedName: string): string {
  return decodeLeniently(encodedName)
    .replace(/^(?:.*function:|offline_invokedFunctionArn_for_)/, '')
    .replace(/:.*$/, '')
}
