import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'

export type Waiting<T> = {
  /** Milliseconds until it is a failure. */
  readonly within: number
  /** Milliseconds between two looks. */
  readonly every?: number
  /** When what was seen is what was waited for; without it, when it is truthy. */
  readonly until?: (seen: T) => boolean
}

/**
 * Looks again and again until it sees what it waits for, and returns that. A look that throws has not seen it.
 * @throws {Error} saying what was seen last
 */
export async function waitFor<T>(look: () => T | Promise<T>, waiting: Waiting<T>): Promise<T> {
  const { within, every = 50, until = Boolean } = waiting
  const deadline = performance.now() + within
  for (;;) {
    const last = await seenOrThrown(look)
    if ('seen' in last && until(last.seen)) return last.seen
    if (performance.now() > deadline) {
      const what = 'seen' in last ? `last seen: ${inspect(last.seen, { depth: 4 })}` : 'the last look failed'
      throw new Error(`Not within ${within} ms; ${what}`, {
        cause: 'thrown' in last ? last.thrown : undefined,
      })
    }
    await delay(every)
  }
}

async function seenOrThrown<T>(look: () => T | Promise<T>): Promise<{ seen: T } | { thrown: unknown }> {
  try {
    return { seen: await look() }
  } catch (thrown) {
    return { thrown }
  }
}
