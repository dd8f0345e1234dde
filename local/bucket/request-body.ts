import type { ServerResponse } from 'node:http'
import { expectsContinue } from './send-body.ts'

/** A thousand keys of 1,024 bytes, with every byte escaped. */
const bulkDeleteBytes = 8 * 1024 * 1024

/** Reads a body, after `100 Continue` if expected. Returns undefined for a body over `maxBytes`, and leaves its rest unread. */
export async function readBody(
  response: ServerResponse,
  maxBytes = bulkDeleteBytes,
): Promise<Buffer | undefined> {
  const { req: request } = response
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
