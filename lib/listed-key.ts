/** Decodes a key of a listing with `EncodingType: 'url'` (Amazon S3 API reference, page `API_ListObjectsV2`). */
export function decodeListedKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '))
}
