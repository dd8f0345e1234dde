import type { IncomingHttpHeaders } from 'node:http'
import type { ObjectName } from './s3-request.ts'

/**
 * Returns the object named by `x-amz-copy-source` (Amazon S3 API reference, page `API_CopyObject`):
 * `[/]bucket/key[?versionId=…]`, URL-encoded. Servers differ in whether `+` means a space, so both readings are returned.
 * Returns an empty array if the value is missing or not a path in a bucket.
 */
export function copySources(headers: IncomingHttpHeaders): ObjectName[] {
  const [source = ''] = String(headers['x-amz-copy-source'] ?? '').split('?')
  const [, bucket, key] = /^\/?([^/]+)\/(.+)$/s.exec(source) ?? []
  if (bucket === undefined || key === undefined) return []
  const keys = new Set([decoded(key), decoded(key.replaceAll('+', ' '))])
  return Array.from(keys, (key) => ({ bucket: decoded(bucket), key }))
}

/** Some clients do not encode the header, so other text than URL-encoded UTF-8 is returned unchanged. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}
