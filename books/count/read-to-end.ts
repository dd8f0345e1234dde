import { setTimeout as delay } from 'node:timers/promises'
import type { LogRecord } from '../../kafka/records/record.ts'
import { AppError } from '../../lib/errors.ts'
import type { Bounds, CountingCluster } from './cluster.ts'

/** Commits become readable with a short delay. */
const openTransactionMs = 2_000
const pauseMs = 20

/**
 * Reads committed records to the end. @returns the next offset
 * @throws STATE_BLOCKED when another producer's transaction stays open
 */
export async function readToEnd(
  cluster: CountingCluster,
  topic: 'bookCount' | 'bookCountState',
  partition: number,
  bounds: Bounds,
  onRecord: (record: LogRecord) => void,
): Promise<number> {
  const { end } = bounds
  let position = bounds.start
  let deadline: number | undefined
  while (position < end) {
    position = await cluster.readCommitted(topic, partition, { start: position, end }, onRecord)
    if (position >= end) break
    deadline ??= Date.now() + openTransactionMs
    if (Date.now() > deadline) {
      throw new AppError(
        'STATE_BLOCKED',
        `${cluster.topics[topic]}[${partition}] can be read to offset ${position} of ${end} only: another producer has an open transaction on it. Wait for that transaction's timeout, or end that producer.`,
        { retryable: true },
      )
    }
    await delay(pauseMs)
  }
  return position
}
