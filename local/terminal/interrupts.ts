/** One Ctrl-C can deliver SIGINT twice, from the terminal and from npm. */
const onePressMs = 500

export type Interrupts = { readonly first: () => void; readonly again: () => void }

export function signalHandler({ first, again }: Interrupts, now = () => performance.now()): () => void {
  let firstAt: number | undefined
  return () => {
    if (firstAt === undefined) {
      firstAt = now()
      first()
    } else if (now() - firstAt > onePressMs) again()
  }
}

export function onInterrupt(interrupts: Interrupts): void {
  const handler = signalHandler(interrupts)
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, handler)
}
