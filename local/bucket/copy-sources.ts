import type { IncomingHttpHeaders } from 'node:http'
import type { ObjectName } from './s3-request.ts'

/**
 * The object that `x-amz-copy-source` names (Amazon S3 API reference, page `API_CopyObject`): `[/]bucket/key[?versionId=…]`,
 * URL-encoded. Servers differ in whether `+` is a space there, so both objects are returned. Empty without the header, and
 * for what is not a path in a bucket.
 */
export function copySources(headers: IncomingHttpHeaders): ObjectName[] {
  const [source = ''] = String(headers['x-amz-copy-source'] ?? '').split('?')
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(source) ?? []
  if (bucket === undefined || key === undefined) return []
  const keys = new Set([decoded(key), decoded(key.replaceAll('+', ' '))])
  return Array.from(keys, (key) => ({ bucket: decoded(bucket), key }))
}

/** The text itself if it is not URL-encoded UTF-8: some clients do not encode the header. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
