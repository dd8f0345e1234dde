import { AppError } from '../../lib/errors.ts'
import type { LogRecord } from '../../lib/kafka/log-reader.ts'
import type { Bounds, CountingCluster } from './cluster.ts'

/** The end of our own last transaction can be read a moment after its commit has resolved. */
const patienceMs = 2_000

/**
 * Reads a partition with `read_committed` to where it ends for everybody.
 * @returns where to read on
 * @throws STATE_BLOCKED when a foreign transaction holds the topic open: nothing behind it can be read
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
    deadline ??= Date.now() + patienceMs
    if (position < end && Date.now() > deadline) {
      throw new AppError(
        'STATE_BLOCKED',
        `${cluster.topics[topic]}[${partition}] can be read to offset ${position} of ${end} only: another producer holds a transaction open on it. It ends by itself at its time-out; end that producer, or wait.`,
        { retryable: true },
      )
    }
  }
  return position
}
