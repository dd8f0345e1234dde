import { setTimeout as delay } from 'node:timers/promises'
import type { S3Client } from '@aws-sdk/client-s3'
import { AppError } from '../../lib/errors.ts'
import type { EventQueue, Intent } from './event-queue.ts'
import { type ObjectState, observeObject } from './object-state.ts'
import { changeTo } from './s3-changes.ts'

export type SettleOptions = {
  readonly s3: S3Client
  readonly queue: EventQueue
  /** Delay of the second check. */
  readonly lateMs: number
  readonly signal: AbortSignal
  readonly log: (line: string) => void
}

const source = { sourceIPAddress: '127.0.0.1', requestId: 'settled' } as const

/**
 * Checks the objects of an intent with unknown outcome twice, and queues events of their states. Resolves early on
 * abort.
 */
export async function settle(intent: Intent, options: SettleOptions): Promise<void> {
  const { queue, lateMs, signal } = options
  try {
    const first = await observeAll(intent, options)
    await queue.mayHaveHappened(eventsOf(intent, first), source)
    await delay(lateMs, undefined, { signal })
    const second = await observeAll(intent, options)
    const late = eventsOf(intent, second).filter((_, i) => !same(first[i]!, second[i]!))
    await queue.happened(intent, late, source)
  } catch (error) {
    if (!signal.aborted) throw error
  }
}

function eventsOf(intent: Intent, states: readonly ObjectState[]) {
  return intent.changes.map((change, i) => changeTo(change, states[i]!))
}

async function observeAll(intent: Intent, { s3, signal, log }: SettleOptions): Promise<ObjectState[]> {
  for (let waitMs = 500; ; waitMs = Math.min(2 * waitMs, 10_000)) {
    try {
      const states: ObjectState[] = []
      for (const change of intent.changes) states.push(await observeObject(s3, change))
      return states
    } catch (error) {
      if (!(error instanceof AppError) || !error.retryable) throw error
      log(`${error.message} ${intent.changes.length} changes are not checked yet.`)
      await delay(waitMs, undefined, { signal })
    }
  }
}

function same(a: ObjectState, b: ObjectState): boolean {
  if (!a.exists || !b.exists) return a.exists === b.exists
  return a.eTag === b.eTag && a.size === b.size
}
