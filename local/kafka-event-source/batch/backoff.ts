/** AWS documents no delays. The maximum is configurable and short, so that a fixed handler is retried soon. */
const firstMs = 200

/** Exponential back-off with full jitter: up to 200 ms after the first failure, later up to `longestMs`. */
export function backoffMs(attempt: number, longestMs: number, random: () => number = Math.random): number {
  return Math.ceil(random() * Math.min(longestMs, firstMs * 2 ** Math.min(attempt - 1, 20)))
}
