import type { IncomingHttpHeaders } from 'node:http'
import { decodeLeniently } from './decode-leniently.ts'
import type { ObjectName } from './s3-request.ts'

/**
 * Decodes `x-amz-copy-source` (Amazon S3 API reference, page `API_CopyObject`): `[/]bucket/key[?versionId=…]`.
 * Returns both readings of `+`, because servers differ. Returns an empty array for an invalid value.
 */
export function copySources(headers: IncomingHttpHeaders): ObjectName[] {
  const [source = ''] = String(headers['x-amz-copy-source'] ?? '').split('?')
  const readings = new Set([decodeLeniently(source), decodeLeniently(source.replaceAll('+', ' '))])
  return [...readings].flatMap((reading) => {
    const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(reading) ?? []
    return bucket === undefined || key === undefined ? [] : [{ bucket, key }]
  })
}
