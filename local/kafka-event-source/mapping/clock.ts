/** Time, so that tests can have their own. Milliseconds since 1970. */
export type Clock = {
  now(): number
  /** Calls back once, unless cancelled by the function that it returns. */
  after(ms: number, then: () => void): () => void
  /** Calls back once other work that is due has been done, unless cancelled. */
  soon(then: () => void): () => void
}

/** The longest that a timer can be; a window or a back-off is never near it. */
const longestTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, Math.min(Math.max(0, ms), longestTimerMs))
    return () => clearTimeout(timer)
  },
  soon: (then) => {
    const immediate = setImmediate(then)
    return () => clearImmediate(immediate)
  },
}

/** Resolves after this time, or at once when aborted. */
export function sleep(clock: Clock, ms: number, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve()
  return new Promise((resolve) => {
    const done = () => {
      cancel()
      signal.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(ms, done)
    signal.addEventListener('abort', done)
  })
}
