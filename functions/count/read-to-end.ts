import { AppError } from '../../lib/errors.ts'
import type { LogRecord, Stretch } from '../../lib/kafka/log-reader.ts'
import type { Bounds } from './cluster.ts'

/** The end of our own last transaction can be read a moment after its commit has resolved. */
const patienceMs = 2_000

/**
 * Reads a partition with `read_committed` to where it ends for everybody.
 * @param what names the partition in the error
 * @returns where to read on
 * @throws STATE_BLOCKED when a foreign transaction holds the topic open: nothing behind it can be read
 */
export async function readToEnd(
  what: string,
  { start, end }: Bounds,
  read: (from: number) => Promise<Stretch>,
  onRecord: (record: LogRecord) => void,
): Promise<number> {
  const deadline = Date.now() + patienceMs
  let position = start
  while (position < end) {
    const stretch = await read(position)
    for (const record of stretch.records) onRecord(record)
    position = stretch.next
    if (stretch.atEnd && position < end && Date.now() > deadline) {
      throw new AppError(
        'STATE_BLOCKED',
        `${what} can be read to offset ${position} of ${end} only: another producer holds a transaction open on it. It ends by itself at its time-out; end that producer, or wait.`,
        { retryable: true },
      )
    }
  }
  return position
}
