/** AWS does not document its retry delays. */
const firstMs = 200

/** The delay is exponential with full jitter. */
export function backoffMs(attempt: number, longestMs: number, random: () => number = Math.random): number {
  return Math.ceil(random() * Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20)))
}
