/**
 * Lambda's asynchronous Invoke (AWS Lambda API reference, page `API_Invoke`), for the functions that hear of the bucket:
 * the event is on disk before the caller is told so, and has the retries and the on-failure destination of any other.
 * It shares the bucket's port, where no request of S3 has its method and path.
 */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { EventQueue } from './event-queue.ts'

export type Invocable = {
  readonly queue: EventQueue
  /** Their keys in serverless.yml, by deployed name. */
  readonly functionKeys: ReadonlyMap<string, string>
}

/** Lambda's own limit for an asynchronous event (developer guide, page `gettingstarted-limits`). */
const maxEventBytes = 1024 * 1024

const invokePath = /^\/2015-03-31\/functions\/([^/?]+)\/invocations(?:\?|$)/

/** The function that a request wants to invoke, as the request has it; undefined when it is one to S3. */
export function invokedFunction({ method, url = '' }: IncomingMessage): string | undefined {
  const [, name] = (method === 'POST' && invokePath.exec(url)) || []
  return name
}

export async function serveInvoke(
  { queue, functionKeys }: Invocable,
  encodedName: string,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const refuse = (status: number, type: string, message: string) => {
    response.writeHead(status, { 'Content-Type': 'application/json', 'x-amzn-ErrorType': type })
    response.end(JSON.stringify({ Type: 'User', Message: message }))
  }
  const body = await bodyOf(request)
  const functionKey = functionKeys.get(nameIn(encodedName))
  if (functionKey === undefined) {
    const known = [...functionKeys.keys()].join(', ')
    return refuse(404, 'ResourceNotFoundException', `Function not found: ${encodedName}. Here is ${known}.`)
  }
  if (request.headers['x-amz-invocation-type'] !== 'Event') {
    const message = 'Only the InvocationType Event is served here; LAMBDA_PORT has the others.'
    return refuse(400, 'InvalidParameterValueException', message)
  }
  if (body === undefined) {
    return refuse(413, 'RequestTooLargeException', `An event has at most ${maxEventBytes} bytes.`)
  }
  const event = parsed(body)
  if (event === undefined) return refuse(400, 'InvalidRequestContentException', 'The event is not JSON.')
  await queue.invoked(functionKey, event.value)
  response.writeHead(202).end()
}

/**
 * A name, or an ARN, whole or in part, either with a version or an alias behind it; or serverless-offline's own ARN.
 * What is not URL-encoded UTF-8 stays as it is, and is no function's name.
 */
function nameIn(encodedName: string): string {
  return decoded(encodedName)
    .replace(/^(?:.*function:|offline_invokedFunctionArn_for_)/, '')
    .replace(/:.*$/, '')
}

function decoded(name: string): string {
  try {
    return decodeURIComponent(name)
  } catch {
    return name
  }
}

/** Read to its end, so that the connection can be used again; undefined when it is too long. */
async function bodyOf(request: IncomingMessage): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxEventBytes) chunks.push(chunk)
  }
  return bytes > maxEventBytes ? undefined : Buffer.concat(chunks)
}

/** No body is an empty event, as in Lambda. */
function parsed(body: Buffer): { readonly value: unknown } | undefined {
  try {
    return { value: body.length === 0 ? {} : JSON.parse(body.toString()) }
  } catch {
    return undefined
  }
}
