import { AppError } from '../../lib/errors.ts'
import type { CountingCluster } from './cluster.ts'

const recordsPerRead = 50_000
/** The end of our own last transaction can be read a moment after its commit has resolved. */
const patienceMs = 2_000

/**
 * The books whose last published count in this partition is not null, as canonical base64. Reads the whole partition.
 * @throws STATE_BLOCKED when a foreign transaction holds the topic open: nothing behind it can be read.
 */
export async function publishedBooks(cluster: CountingCluster, partition: number): Promise<Set<string>> {
  const books = new Set<string>()
  const { start, end } = await cluster.bounds('bookCount', partition)
  const deadline = Date.now() + patienceMs
  for (let position = start; position < end; ) {
    const stretch = await cluster.readCounts(partition, position, recordsPerRead)
    for (const { key, value } of stretch.records) {
      if (key === null) continue
      if (value === null) books.delete(key.toString('base64'))
      else books.add(key.toString('base64'))
    }
    position = stretch.next
    if (stretch.atEnd && position < end && Date.now() > deadline) throw blocked(partition, position, end)
  }
  return books
}

function blocked(partition: number, position: number, end: number): AppError {
  return new AppError(
    'STATE_BLOCKED',
    `The published counts of partition ${partition} can be read to offset ${position} of ${end} only: another producer holds a transaction open on their topic. It ends by itself at its time-out; end that producer, or wait.`,
    { retryable: true },
  )
}
