/**
 * Signals within this time count as one Ctrl-C. A terminal sends SIGINT to every process of the foreground group, and npm
 * sends it again to its script.
 */
const onePressMs = 500

export type Interrupts = {
  readonly first: () => void
  readonly again: () => void
}

/** Returns a signal handler that depends only on the given clock. */
export function signalHandler({ first, again }: Interrupts, now: () => number = performance.now): () => void {
  let firstAt: number | undefined
  return () => {
    if (firstAt === undefined) {
      firstAt = now()
      first()
    } else if (now() - firstAt > onePressMs) again()
  }
}

export function onInterrupt(interrupts: Interrupts): void {
  const handler = signalHandler(interrupts, () => performance.now())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handler)
}
