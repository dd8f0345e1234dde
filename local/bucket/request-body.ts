import type { IncomingMessage, ServerResponse } from 'node:http'
import { expectsContinue } from './send-body.ts'

/** A thousand keys of 1,024 bytes, every byte escaped: more than any XML document that S3 accepts. */
const maxBytes = 8 * 1024 * 1024

/** Reads a request's body, first requesting it from a client that waits for `100 Continue`. Undefined above 8 MiB. */
export async function readBody(
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Buffer | undefined> {
  if (expectsContinue(request)) response.writeContinue()
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes > maxBytes) return undefined
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}
