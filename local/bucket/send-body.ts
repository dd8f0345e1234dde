import type { ClientRequest, IncomingMessage, ServerResponse } from 'node:http'
import { TailHolder } from './tail-holder.ts'

const continueWithinMs = 1_000

/** Sends the body: at once, or when the server or the clock says so if the client expects `100 Continue`. */
export function sendsBody(
  request: IncomingMessage,
  response: ServerResponse,
  outgoing: ClientRequest,
  body: Buffer | undefined,
): { readonly begun: boolean } {
  const state = { begun: false }
  const contentLength = awsChunkedLength(request)
  const begin = () => {
    if (state.begun || outgoing.destroyed) return
    state.begun = true
    if (expectsContinue(request) && !body) response.writeContinue()
    if (body) outgoing.end(body)
    else request.pipe(contentLength === undefined ? outgoing : new TailHolder(outgoing, contentLength))
  }
  if (!expectsContinue(request)) {
    begin()
    return state
  }
  const timer = setTimeout(begin, continueWithinMs)
  outgoing.once('continue', begin)
  outgoing.once('response', () => clearTimeout(timer))
  outgoing.once('close', () => clearTimeout(timer))
  return state
}

/** The length of the content of an aws-chunked body. */
function awsChunkedLength({ headers }: IncomingMessage): number | undefined {
  const length = Number(headers['x-amz-decoded-content-length'] ?? Number.NaN)
  const signed = String(headers['x-amz-content-sha256'] ?? '')
  return signed.startsWith('STREAMING-') && length >= 0 ? length : undefined
}

export function expectsContinue(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === '100-continue'
}
