/**
 * Ctrl-C. A terminal sends SIGINT to every process of the foreground group, and npm sends it once more to the script
 * that it runs. Signals of one key press count as one.
 */
const onePressMs = 500

export type Interrupts = {
  /** Ctrl-C, SIGTERM or SIGHUP. */
  readonly first: () => void
  /** Another one, after the first. */
  readonly again: () => void
}

/** The handler for signals; pure but for the given clock. */
export function signalHandler({ first, again }: Interrupts, now: () => number = performance.now): () => void {
  let firstAt: number | undefined
  return () => {
    if (firstAt === undefined) {
      firstAt = now()
      first()
    } else if (now() - firstAt > onePressMs) again()
  }
}

/** Replaces the default, by which each of these signals ends the process. */
export function onInterrupt(interrupts: Interrupts): void {
  const handler = signalHandler(interrupts, () => performance.now())
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handler)
}
