import { ApiError } from './api.js'

/** All pauses together last longer than a restart of the local cloud. */
const pausesMs = [1_000, 2_000, 4_000, 8_000, 16_000]

/** HTTP statuses; 0 means no response. */
const temporary = [0, 429, 500, 502, 503, 504]

/** @typedef {{ error: ApiError, untilMs: number, end: () => void }} Pause `end` starts the retry immediately */

/**
 * Retries `attempt` after a pause while it fails with a status in `temporary`.
 * @template T
 * @param {() => Promise<T>} attempt @param {AbortSignal} signal @param {(pause: Pause) => void} onPause
 * @throws the last error, or the signal's reason after an abort during a pause
 */
export async function withRetries(attempt, signal, onPause) {
  for (const pauseMs of pausesMs) {
    try {
      return await attempt()
    } catch (error) {
      if (signal.aborted || !(error instanceof ApiError) || !temporary.includes(error.status)) throw error
      await pause(pauseMs, signal, (end) => onPause({ error, untilMs: Date.now() + pauseMs, end }))
      signal.throwIfAborted()
    }
  }
  return await attempt()
}

/**
 * Ends after `ms`, on abort, when the browser is online again, or by `end`.
 * @param {number} ms @param {AbortSignal} signal @param {(end: () => void) => void} start receives `end`
 */
function pause(ms, signal, start) {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      removeEventListener('online', end)
      signal.removeEventListener('abort', end)
      resolve(undefined)
    }
    const timer = setTimeout(end, ms)
    addEventListener('online', end)
    signal.addEventListener('abort', end)
    start(end)
  })
}
