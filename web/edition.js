/**
 * Computes the edition like `ingest`. Returns undefined without https or localhost.
 * @param {string | null} etag
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
