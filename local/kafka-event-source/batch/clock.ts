/** Returns milliseconds since 1970 and runs timers. Tests replace it. */
export type Clock = {
  now(): number
  /** Returns a function that cancels the call. */
  after(ms: number, then: () => void): () => void
  /** Calls `then` after the pending work of the event loop. Returns a function that cancels the call. */
  soon(then: () => void): () => void
}

/** `setTimeout` treats a longer delay as 1 ms. */
const maxTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  after: (ms, then) => {
    const timer = setTimeout(then, Math.min(Math.max(0, ms), maxTimerMs))
    return () => clearTimeout(timer)
  },
  soon: (then) => {
    const immediate = setImmediate(then)
    return () => clearImmediate(immediate)
  },
}

/** Resolves after `ms` or on abort. */
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
