import type { IncomingHttpHeaders } from 'node:http'
import { decodeLeniently } from './decode-leniently.ts'
import type { ObjectName } from './s3-request.ts'

/**
 * Decodes `x-amz-copy-source` (Amazon S3 API reference, page `API_CopyObject`): `[/]bucket/key[?versionId=…]`.
 * Returns both readings of `+`, because servers differ. Returns an empty array for an invalid value.
 */
export function copySources(headers: IncomingHttpHeaders): ObjectName[] {
  const [source = ''] = String(headers['x-amz-copy-source'] ?? '').split('?')
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(source) ?? []
  if (bucket === undefined || key === undefined) return []
  const keys = new Set([decodeLeniently(key), decodeLeniently(key.replaceAll('+', ' '))])
  return Array.from(keys, (key) => ({ bucket: decodeLeniently(bucket), key }))
}
