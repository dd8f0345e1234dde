/**
 * Decodes the payload of an aws-chunked body (Amazon S3 API reference, page "Signature Calculations for the Authorization
 * Header: Transferring Payload in Multiple Chunks"): chunks of `<hex size>[;chunk-signature=…]\r\n<bytes>\r\n`, a last chunk
 * of size 0, then trailers. Returns undefined if the body is not aws-chunked. The S3 server checks the signatures.
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
