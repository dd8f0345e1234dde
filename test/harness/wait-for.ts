import { setTimeout as delay } from 'node:timers/promises'
import { inspect } from 'node:util'

export type Waiting<T> = {
  /** Milliseconds until the wait fails. */
  readonly within: number
  /** Milliseconds between two calls. */
  readonly every?: number
  /** Whether a value ends the wait; by default, any truthy value. */
  readonly until?: (value: T) => boolean
}

/**
 * Calls `read` repeatedly until it returns the expected value, and returns that value. An error of `read` is retried.
 * @throws {Error} with the last value or error
 */
export async function waitFor<T>(read: () => T | Promise<T>, waiting: Waiting<T>): Promise<T> {
  const { within, every = 50, until = Boolean } = waiting
  const deadline = performance.now() + within
  for (;;) {
    const last = await valueOrError(read)
    if ('value' in last && until(last.value)) return last.value
    if (performance.now() > deadline) {
      const what =
        'value' in last ? `last value: ${inspect(last.value, { depth: 4 })}` : 'the last call failed'
      throw new Error(`Not within ${within} ms; ${what}`, {
        cause: 'error' in last ? last.error : undefined,
      })
    }
    await delay(every)
  }
}

async function valueOrError<T>(read: () => T | Promise<T>): Promise<{ value: T } | { error: unknown }> {
  try {
    return { value: await read() }
  } catch (error) {
    return { error }
  }
}
