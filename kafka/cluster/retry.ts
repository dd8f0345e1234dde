import { setTimeout as delay } from 'node:timers/promises'
import { ProtocolError } from '../protocol/errors.ts'
import { ConnectionError } from './connection-error.ts'

export type RetryOptions = {
  readonly firstBackoffMs: number
  readonly maxBackoffMs: number
  /** @param elapsedMs time since the first attempt, including the next pause */
  readonly shouldRetry: (error: unknown, elapsedMs: number) => boolean
}

/** Runs `work` with exponential back-off. @throws the first error for which `shouldRetry` returns false */
export async function retry<T>(
  work: () => Promise<T>,
  { firstBackoffMs, maxBackoffMs, shouldRetry }: RetryOptions,
): Promise<T> {
  const startedAt = Date.now()
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(2 * backoffMs, maxBackoffMs)) {
    try {
      return await work()
    } catch (error) {
      if (!shouldRetry(error, Date.now() + backoffMs - startedAt)) throw error
      await delay(backoffMs)
    }
  }
}

/** Whether the request may succeed later. */
export function isRetriable(error: unknown): boolean {
  return error instanceof ProtocolError ? error.isRetriable : error instanceof ConnectionError
}

/** Whether the request may succeed later, and no broker can still apply it. */
export function isRetriableAndDone(error: unknown): boolean {
  return error instanceof ConnectionError ? !error.wasSent : isRetriable(error)
}
