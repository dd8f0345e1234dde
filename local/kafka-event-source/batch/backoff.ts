/** AWS documents no delays. The longest is settable, and short enough for a developer who has just mended the handler. */
const firstMs = 200

/** Exponential with full jitter: somewhere up to 200 ms after the first failure, up to `longestMs` in the long run. */
export function backoffMs(attempt: number, longestMs: number, random: () => number = Math.random): number {
  return Math.ceil(random() * Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20)))
}
