/**
 * Decodes a key of a listing with `EncodingType: 'url'` (Amazon S3 API reference, page `API_ListObjectsV2`):
 * percent-encoded, with `+` for a space. Listings need this encoding because keys can contain control characters that
 * XML does not allow.
 */
export function decodeListedKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '))
}
