import {
  Agent,
  type ClientRequest,
  request as httpRequest,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { request as httpsRequest, Agent as TlsAgent } from 'node:https'
import { AppError, messageOf } from '../../lib/errors.ts'
import { type BodyOptions, sendsBody } from './send-body.ts'

/** Of each connection. With Node's 16 KiB a body stops and starts at every chunk, and takes up to three times as long. */
export const bufferBytes = 256 * 1024

/**
 * The S3 server behind the proxy. Requests go through as they are: path, headers (the Host is signed) and bodies, whose
 * chunks are not looked at. Only what concerns one connection is left out; HTTP trailers are too, as S3 puts its own
 * (aws-chunked) into the body.
 */
export class Upstream {
  readonly endpoint: URL
  readonly #agent: Agent
  readonly #request: typeof httpRequest

  /** `idleMs`: give up an idle connection before the server does (Jetty after 30 s), so that none is used as it closes. */
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
      // Node takes what `rawHeaders` gives, though its type does not say so.
      headers: headers as unknown as Record<string, string>,
    })
  }

  close(): void {
    this.#agent.destroy()
  }
}

/** The S3 server's answer did not come. `sent`: it had the whole request, so the change may have been made. */
export class NoAnswer extends AppError {
  readonly sent: boolean

  constructor(cause: unknown, sent: boolean) {
    super('BUCKET_UNAVAILABLE', `The S3 server did not answer (${messageOf(cause)}).`, {
      retryable: true,
      cause,
    })
    this.sent = sent
  }
}

export type ForwardOptions = BodyOptions & {
  /** When the client disconnects after its whole request was forwarded, the answer is awaited all the same. */
  readonly seesItThrough: boolean
}

/** Forwards a client's request. Resolves with the answer, its body unread. @throws {NoAnswer} */
export function forward(
  upstream: Upstream,
  request: IncomingMessage,
  response: ServerResponse,
  { seesItThrough, ...bodyOptions }: ForwardOptions,
): Promise<IncomingMessage> {
  if (response.destroyed) return Promise.reject(new NoAnswer('the client has gone', false))
  const outgoing = upstream.open(request.method!, request.url!, headersFor(request))
  return new Promise((resolve, reject) => {
    const sendBody = sendsBody(request, response, outgoing, bodyOptions)
    const clientGone = () => {
      const answered = response.writableFinished
      if (!answered && !(seesItThrough && outgoing.writableEnded)) outgoing.destroy()
    }
    response.once('close', clientGone)
    outgoing.once('response', (answer) => {
      if (!sendBody.begun) endConnectionAfter(answer, outgoing, response)
      resolve(answer)
    })
    // After the answer this is the server turning down the rest of a body, which then has to go somewhere.
    outgoing.on('error', (error) => {
      request.unpipe()
      request.resume()
      reject(new NoAnswer(error, outgoing.writableEnded && !isConnectError(error)))
    })
  })
}

/** The server answered without wanting the body: neither connection can be used for another request. */
function endConnectionAfter(
  answer: IncomingMessage,
  outgoing: ClientRequest,
  response: ServerResponse,
): void {
  response.shouldKeepAlive = false
  answer.once('end', () => outgoing.destroy())
}

function isConnectError(error: Error): boolean {
  return 'syscall' in error && (error.syscall === 'connect' || error.syscall === 'getaddrinfo')
}

const ofOneConnection = new Set(['connection', 'keep-alive', 'proxy-connection', 'upgrade'])

function headersFor(request: IncomingMessage): string[] {
  const headers = endToEnd(request.rawHeaders, signedHeaders(request))
  const { 'content-length': length, 'transfer-encoding': coding } = request.headers
  // Neither means an empty body, which Node would announce as a chunked one.
  if (
    length === undefined &&
    coding === undefined &&
    (request.method === 'PUT' || request.method === 'POST')
  ) {
    headers.push('Content-Length', '0')
  }
  return headers
}

/**
 * The names that a signature covers (Amazon S3 API reference, page "Authenticating Requests: Using the Authorization
 * Header"). Without one of them the S3 server would compute another signature.
 */
function signedHeaders({ headers }: IncomingMessage): ReadonlySet<string> {
  const [, names = ''] = /SignedHeaders=([^,\s]*)/.exec(headers.authorization ?? '') ?? []
  return new Set(names.toLowerCase().split(';'))
}

/** Raw headers less those that concern one connection and are not signed, in their order and spelling. */
export function endToEnd(rawHeaders: readonly string[], signed: ReadonlySet<string> = new Set()): string[] {
  const kept: string[] = []
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!
    const lower = name.toLowerCase()
    if (!ofOneConnection.has(lower) || signed.has(lower)) kept.push(name, rawHeaders[i + 1]!)
  }
  return kept
}
