import type { IncomingHttpHeaders } from 'node:http'
import { isAwsChunked } from './aws-chunked.ts'
import { type S3Error, s3Error } from './s3-xml.ts'
import { hasBody } from './send-body.ts'

const missingSubResources = new Set(['legal-hold', 'restore', 'retention', 'select', 'tagging', 'torrent'])

const formType = 'application/x-www-form-urlencoded'

const cannedAcls = new Set(['private', 'public-read'])

const mebibyte = 1024 * 1024
/** S3Proxy's setting `v4-max-non-chunked-request-size`. */
const maxBufferedBytes = 128 * mebibyte

/** True if several such bodies at the same time would fill S3Proxy's heap. */
export function isBufferedWhole(headers: IncomingHttpHeaders): boolean {
  return bufferedBytes(headers) > 8 * mebibyte
}

/** S3Proxy buffers a body with a signed hash, or of unknown length. */
function bufferedBytes(headers: IncomingHttpHeaders): number {
  const { 'content-length': length = maxBufferedBytes, 'transfer-encoding': coding } = headers
  const isHashed = /^[\da-f]{64}$/i.test(String(headers['x-amz-content-sha256']))
  const isBuffered = isHashed || (coding !== undefined && !isAwsChunked(headers))
  return isBuffered && hasBody(headers) ? Number(length) : 0
}

/**
 * Returns an error for an unsupported feature, because S3Proxy ignores unknown headers
 * (`s3proxy.ignore-unknown-headers`).
 */
export function unsupported(
  method: string,
  subResource: string | undefined,
  headers: IncomingHttpHeaders,
): S3Error | undefined {
  if (subResource !== undefined && missingSubResources.has(subResource)) {
    return notImplemented(`does not implement ${method} ?${subResource} on an object`)
  }
  if (method !== 'PUT' && method !== 'POST') return undefined
  const encryption = Object.keys(headers).find((name) => name.startsWith('x-amz-server-side-encryption'))
  if (encryption !== undefined) return notImplemented(`does not encrypt: omit ${encryption}`)
  const { 'x-amz-write-offset-bytes': offset, 'x-amz-acl': acl } = headers
  if (offset !== undefined) return notImplemented('does not append to objects: omit x-amz-write-offset-bytes')
  const condition = ['if-match', 'if-none-match'].find((name) => headers[name] !== undefined)
  if (headers['x-amz-copy-source'] !== undefined && condition !== undefined) {
    return notImplemented(`does not check the destination of a copy: omit ${condition}`)
  }
  if (isForm(headers) && hasBody(headers)) {
    return notImplemented(
      `reads a body of the type ${formType} as parameters: send another Content-Type, for example with curl --upload-file`,
    )
  }
  if (bufferedBytes(headers) > maxBufferedBytes) {
    const message = `The local S3 server buffers a body with a signed hash, and has room for ${maxBufferedBytes} bytes: upload it in parts.`
    return s3Error(400, 'EntityTooLarge', message)
  }
  if (acl !== undefined && !cannedAcls.has(String(acl).toLowerCase())) {
    return notImplemented(`has only the ACLs ${[...cannedAcls].join(' and ')}: omit x-amz-acl`)
  }
  return undefined
}

function isForm({ 'content-type': type = '' }: IncomingHttpHeaders): boolean {
  return type.split(';', 1)[0]!.trim().toLowerCase() === formType
}

function notImplemented(what: string): S3Error {
  return s3Error(501, 'NotImplemented', `The local S3 server ${what}.`)
}
