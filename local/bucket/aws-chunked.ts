import type { IncomingHttpHeaders } from 'node:http'

export function isAwsChunked(headers: IncomingHttpHeaders): boolean {
  return String(headers['x-amz-content-sha256']).startsWith('STREAMING-')
}

/** Returns undefined for an unreadable body. */
export function contentOf(body: Buffer, headers: IncomingHttpHeaders): Buffer | undefined {
  return isAwsChunked(headers) ? decodeAwsChunked(body) : body
}

/**
 * Decodes an aws-chunked body without checking signatures (Amazon S3 API reference, page "Signature Calculations for
 * the Authorization Header: Transferring Payload in Multiple Chunks"). The body is chunks
 * `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n`, a chunk of size 0, and trailers. Returns undefined for other formats.
 */
export function decodeAwsChunked(body: Buffer): Buffer | undefined {
  const chunks: Buffer[] = []
  for (let at = 0; ; ) {
    const end = body.indexOf('\r\n', at)
    const size = /^([\da-f]+)(?:;|$)/i.exec(body.toString('latin1', at, Math.max(at, end)))?.[1]
    if (end === -1 || size === undefined) return undefined
    const bytes = Number.parseInt(size, 16)
    if (bytes === 0) return Buffer.concat(chunks)
    const start = end + 2
    if (start + bytes > body.length) return undefined
    chunks.push(body.subarray(start, start + bytes))
    at = start + bytes + 2
  }
}
