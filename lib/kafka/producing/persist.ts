import { setTimeout as delay } from 'node:timers/promises'
import { AccessRefused } from '../wire/access.ts'
import { ProtocolError } from '../wire/protocol-error.ts'

export type Persistence = {
  readonly firstBackoffMs: number
  readonly longestBackoffMs: number
  /** Whether to try again after an error, so many milliseconds after the first try. */
  readonly mayRepeat: (error: unknown, lastedMs: number) => boolean
}

/** Tries again and again, with longer and longer pauses. @throws the error that it may not be repeated after */
export async function persist<T>(
  work: () => Promise<T>,
  { firstBackoffMs, longestBackoffMs, mayRepeat }: Persistence,
): Promise<T> {
  const begun = Date.now()
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(2 * backoffMs, longestBackoffMs)) {
    try {
      return await work()
    } catch (error) {
      if (!mayRepeat(error, Date.now() + backoffMs - begun)) throw error
      await delay(backoffMs)
    }
  }
}

/** Whether the same request may succeed later. */
export function isRetriable(error: unknown): boolean {
  return error instanceof ProtocolError ? error.isRetriable : !(error instanceof AccessRefused)
}

/** Whether it may, and a broker has answered: no copy of the request is on its way any more. */
export function isAnswered(error: unknown): boolean {
  return error instanceof ProtocolError && error.isRetriable
}
