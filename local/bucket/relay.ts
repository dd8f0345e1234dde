import type { IncomingMessage, ServerResponse } from 'node:http'
import { pipeline } from 'node:stream'
import { errorXml, type S3Error } from './s3-xml.ts'
import { expectsContinue } from './send-body.ts'
import { endToEnd } from './upstream.ts'

/** Passes an answer on as it is. If either side breaks off, so does the other. */
export function relay(answer: IncomingMessage, response: ServerResponse): void {
  begin(answer, response)
  pipeline(answer, response, () => undefined)
}

/**
 * Passes on an answer whose body says whether the request succeeded, and begins with a 200 either way (copy and multipart
 * completion, Amazon S3 API reference). What only keeps the connection alive goes through at once; the verdict is
 * held back until `decide` has resolved. @throws what reading the answer or `decide` throws
 */
export async function relayVerdict(
  answer: IncomingMessage,
  response: ServerResponse,
  decide: (body: string) => Promise<void>,
): Promise<void> {
  let held = ''
  answer.setEncoding('utf8')
  for await (const chunk of answer as AsyncIterable<string>) {
    held += chunk
    if (/<[^?]|<$/.test(held)) continue
    if (!response.headersSent) begin(answer, response)
    response.write(held)
    held = ''
  }
  await decide(held)
  if (!response.headersSent) begin(answer, response)
  response.end(held)
}

function begin(answer: IncomingMessage, response: ServerResponse): void {
  const headers = [...endToEnd(answer.rawHeaders), ...connectionHeader(response)]
  response.writeHead(answer.statusCode!, answer.statusMessage ?? '', headers)
}

/**
 * Said explicitly, or Node would add `Keep-Alive`, which S3 does not have. s3cmd takes all headers of an object over into
 * the request that modifies it, and signs them.
 */
function connectionHeader({ req, shouldKeepAlive }: ServerResponse): string[] {
  return shouldKeepAlive && req.httpVersion === '1.1' ? ['Connection', 'keep-alive'] : []
}

/** Answers in the S3 server's place. The client's body, if any, is read and dropped. */
export function answerError(request: IncomingMessage, response: ServerResponse, error: S3Error): void {
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
