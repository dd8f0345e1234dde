/**
 * The key of a listing with `EncodingType: 'url'` (Amazon S3 API reference, page `API_ListObjectsV2`): percent-encoded, with
 * `+` for a space. Listings need this encoding, since XML cannot contain most control characters, and keys can.
 */
export function decodeListedKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '))
}
