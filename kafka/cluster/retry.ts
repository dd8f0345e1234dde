import { setTimeout as delay } from 'node:timers/promises'
import { isProtocolError, ProtocolError } from '../protocol/errors.ts'
import { ClientClosedError, ConnectionError } from './connection-error.ts'
import { kafkaError } from './kafka-error.ts'

export type RetryOptions = {
  readonly firstBackoffMs: number
  readonly maxBackoffMs: number
  /** Limit of the time since the first attempt, including the next pause. */
  readonly timeoutMs: number
  readonly missingTopicMs?: number
  readonly mayRetry?: (error: unknown) => boolean
}

/** Runs `work` with exponential back-off. @throws the first error that may not be retried, or the last one */
export async function retry<T>(
  work: () => Promise<T>,
  {
    firstBackoffMs,
    maxBackoffMs,
    timeoutMs,
    missingTopicMs = timeoutMs,
    mayRetry = isRetriable,
  }: RetryOptions,
): Promise<T> {
  const startedAt = performance.now()
  for (let backoffMs = firstBackoffMs; ; backoffMs = Math.min(2 * backoffMs, maxBackoffMs)) {
    try {
      return await work()
    } catch (error) {
      const isMissing = isProtocolError(error, 'UNKNOWN_TOPIC_OR_PARTITION')
      const limitMs = isMissing ? missingTopicMs : timeoutMs
      if (!mayRetry(error) || performance.now() + backoffMs - startedAt >= limitMs) throw error
      await delay(backoffMs)
    }
  }
}

/** Like `retry`, but throws `AppError`s. @param doing as in `kafkaError` */
export async function retryCall<T>(doing: string, work: () => Promise<T>, options: RetryOptions): Promise<T> {
  try {
    return await retry(work, options)
  } catch (error) {
    throw kafkaError(error, doing)
  }
}

export function isRetriable(error: unknown): boolean {
  if (error instanceof ProtocolError) return error.isRetriable
  return error instanceof ConnectionError && !(error instanceof ClientClosedError)
}

/** Returns true if a retry may succeed and cannot apply the request twice. */
export function isSafelyRetriable(error: unknown): boolean {
  return isRetriable(error) && !(error instanceof ConnectionError && error.wasSent)
}
