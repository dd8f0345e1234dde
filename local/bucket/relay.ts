import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { errorXml, type S3Error } from './s3-xml.ts'
import { expectsContinue } from './send-body.ts'
import { endToEnd } from './upstream.ts'

/** When one connection breaks, closes the other. */
export function relay(s3Response: IncomingMessage, response: ServerResponse): void {
  begin(s3Response, response)
  pipeline(s3Response, response, () => undefined)
}

/**
 * Forwards a 200 response whose body reports success or an error (copy, multipart completion). Forwards keep-alive
 * whitespace immediately and the rest after `decide`.
 * @throws errors of reading the response and of `decide`
 */
export async function relayVerdict(
  s3Response: IncomingMessage,
  response: ServerResponse,
  decide: (body: string) => Promise<void>,
): Promise<void> {
  let held = ''
  s3Response.setEncoding('utf8')
  for await (const chunk of s3Response as AsyncIterable<string>) {
    held += chunk
    if (/<[^?]|<$/.test(held)) continue
    if (!response.headersSent) begin(s3Response, response)
    response.write(held)
    held = ''
  }
  await decide(held)
  if (!response.headersSent) begin(s3Response, response)
  response.end(held)
}

function begin(s3Response: IncomingMessage, response: ServerResponse): void {
  const headers = [...endToEnd(s3Response.rawHeaders), ...connectionHeader(response)]
  response.writeHead(s3Response.statusCode!, s3Response.statusMessage ?? '', headers)
}

/** Prevents the header `Keep-Alive`, which S3 does not send. s3cmd signs all headers of an object that it modifies. */
function connectionHeader({ req, shouldKeepAlive }: ServerResponse): string[] {
  return shouldKeepAlive && req.httpVersion === '1.1' ? ['Connection', 'keep-alive'] : []
}

/** Discards the client's body. */
export function respondWithError(response: ServerResponse, error: S3Error): void {
  const { req: request } = response
  if (response.headersSent) {
    response.destroy()
    return
  }
  if (expectsContinue(request) && !request.complete) response.shouldKeepAlive = false
  else request.resume()
  const xml = error.status === 204 ? '' : errorXml(error)
  const content = xml && ['Content-Type', 'application/xml', 'Content-Length', String(Buffer.byteLength(xml))]
  const headers = [...content, 'Access-Control-Allow-Origin', '*', ...connectionHeader(response)]
  response.writeHead(error.status, headers)
  response.end(request.method === 'HEAD' ? undefined : xml)
}
