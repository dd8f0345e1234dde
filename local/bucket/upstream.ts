import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { request as httpsRequest, Agent as TlsAgent } from 'node:https'
import { AppError, messageOf } from '../../lib/errors.ts'
import { type BodyOptions, hasBody, sendsBody } from './send-body.ts'

/** With Node's 16 KiB, a body takes up to three times as long. */
export const bufferBytes = 256 * 1024

/**
 * Forwards path, headers and body unchanged, because clients sign them. Omits hop-by-hop headers and HTTP trailers.
 */
export class Upstream {
  readonly endpoint: URL
  readonly #agent: Agent
  readonly #request: typeof httpRequest

  /** `idleMs` must be below the server's idle timeout (Jetty: 30 s). */
  constructor(endpoint: string, idleMs = 10_000) {
    this.endpoint = new URL(endpoint)
    const tls = this.endpoint.protocol === 'https:'
    const options = { keepAlive: true, timeout: idleMs, highWaterMark: bufferBytes }
    this.#agent = tls ? new TlsAgent(options) : new Agent(options)
    this.#request = tls ? httpsRequest : httpRequest
  }

  open(method: string, path: string, headers: string[]): ClientRequest {
    const { hostname, port } = this.endpoint
    return this.#request({
      agent: this.#agent,
      hostname: hostname.replace(/^\[|\]$/g, ''),
      ...(port && { port }),
      method,
      path,
      // Node accepts `rawHeaders`, but its type does not.
      headers: headers as unknown as Record<string, string>,
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** Reports a missing response. If `sent`, the S3 server received the whole request and may have made the change. */
export class ResponseMissingError extends AppError {
  readonly sent: boolean

  constructor(cause: unknown, sent: boolean) {
    super('BUCKET_UNAVAILABLE', `The S3 server did not respond (${messageOf(cause)}).`, {
      retryable: true,
      cause,
    })
    this.sent = sent
  }
}

export type ForwardOptions = BodyOptions & {
  /** If true, waits for the response even after the client has disconnected. */
  readonly continuesWithoutClient: boolean
}

/** Resolves to the response, with its body unread. @throws {ResponseMissingError} without a response */
export function forward(
  upstream: Upstream,
  response: ServerResponse,
  { continuesWithoutClient, ...bodyOptions }: ForwardOptions,
): Promise<IncomingMessage> {
  const { req: request } = response
  if (response.destroyed) return Promise.reject(new ResponseMissingError('the client disconnected', false))
  const outgoing = upstream.open(request.method!, request.url!, headersFor(request))
  return new Promise((resolve, reject) => {
    const sendBody = sendsBody(response, outgoing, bodyOptions)
    const onClientClose = () => {
      const isResponseSent = response.writableFinished
      if (!isResponseSent && !(continuesWithoutClient && outgoing.writableEnded)) outgoing.destroy()
    }
    response.once('close', onClientClose)
    const discardBody = () => {
      request.unpipe()
      request.resume()
    }
    outgoing.once('response', (s3Response) => {
      if (!sendBody.begun) {
        // Neither connection can be reused after an unread body.
        response.shouldKeepAlive = false
        s3Response.once('end', () => outgoing.destroy())
      } else if (s3Response.statusCode! >= 400 && hasBody(request.headers)) {
        // S3Proxy closes the connection if it has not read the whole body.
        outgoing.shouldKeepAlive = false
        s3Response.once('end', discardBody)
      }
      resolve(s3Response)
    })
    outgoing.on('error', (error) => {
      discardBody()
      reject(new ResponseMissingError(error, outgoing.writableEnded && !isConnectError(error)))
    })
  })
}

function isConnectError(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
}

const hopByHopHeaders = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade'])

function headersFor(request: IncomingMessage): string[] {
  const headers = endToEnd(request.rawHeaders, signedHeaders(request))
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  // Declares an empty body, because Node would otherwise send it as chunked.
  const isEmpty = length === undefined && coding === undefined
  if (isEmpty && (request.method === 'PUT' || request.method === 'POST')) headers.push('Content-Length', '0')
  return headers
}

/**
 * Returns the names of the signed headers (Amazon S3 API reference, page "Authenticating Requests: Using the
 * Authorization Header").
 */
function signedHeaders({ headers }: IncomingMessage): ReadonlySet<string> {
  const [, names = ''] = /SignedHeaders=([^,\s]*)/.exec(headers.authorization ?? '') ?? []
  return new Set(names.toLowerCase().split(';'))
}

/** Omits unsigned hop-by-hop headers. */
export function endToEnd(rawHeaders: readonly string[], signed: ReadonlySet<string> = new Set()): string[] {
  const kept: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    const lower = name.toLowerCase()
    if (!hopByHopHeaders.has(lower) || signed.has(lower)) kept.push(name, rawHeaders[i + 1]!)
  }
  return kept
}
