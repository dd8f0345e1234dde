/**
 * Computes the edition of an object's content like ingest: 48 bits of a digest of its ETag.
 * @param {string | null} etag as S3 sends it, with its quotes
 * @returns {Promise<string | undefined>} undefined where the browser has no digests (no https, no localhost)
 */
export async function editionOf(etag) {
  if (etag === null || crypto.subtle === undefined) return undefined
  const digest = new Uint8Array(
    await crypto.subtle.digest('SHA-256', new TextEncoder().encode(etag.replaceAll('"', ''))),
  )
  return btoa(String.fromCharCode(...digest.subarray(0, 6)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
}
