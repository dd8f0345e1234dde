import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'

export type Waiting<T> = {
  /** Milliseconds until the wait fails. */
  readonly within: number
  /** Milliseconds between two calls. */
  readonly every?: number
  /** Whether a value ends the wait; by default, any truthy value. */
  readonly until?: (seen: T) => boolean
}

/**
 * Calls `look` repeatedly until it returns the expected value, and returns that value. An error of `look` is retried.
 * @throws {Error} with the last value or error
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
