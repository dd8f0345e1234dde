import type { ClientRequest, IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { isAwsChunked } from './aws-chunked.ts'
import { TailHolder } from './tail-holder.ts'
import { TrailingChecksum } from './trailing-checksum.ts'

const continueWithinMs = 1_000

export type BodyOptions = {
  /** The client's body, if already read. */
  readonly body?: Buffer
  readonly beforeEnd?: () => Promise<void>
}

/** Sends the body. If the client expects `100 Continue`, waits for the server's, at most 1 s. */
export function sendsBody(
  response: ServerResponse,
  outgoing: ClientRequest,
  { body, beforeEnd }: BodyOptions,
): { readonly begun: boolean } {
  const { req: request } = response
  const state = { begun: false }
  const contentLength = awsChunkedLength(request)
  const begin = () => {
    if (state.begun || outgoing.destroyed) return
    state.begun = true
    if (expectsContinue(request) && !body) response.writeContinue()
    if (body) outgoing.end(body)
    else if (contentLength === undefined && beforeEnd === undefined) request.pipe(outgoing)
    else {
      const checksum = TrailingChecksum.announcedIn(request.headers)
      request
        .pipe(new TailHolder(outgoing, { contentLength, checksum, beforeEnd }))
        .on('error', (e) => outgoing.destroy(e))
    }
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

function awsChunkedLength({ headers }: IncomingMessage): number | undefined {
  const length = Number(headers['x-amz-decoded-content-length'] ?? Number.NaN)
  return isAwsChunked(headers) && length >= 0 ? length : undefined
}

export function expectsContinue(request: IncomingMessage): boolean {
  return request.headers.expect?.toLowerCase() === '100-continue'
}

export function hasBody(headers: IncomingHttpHeaders): boolean {
  return headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
}
