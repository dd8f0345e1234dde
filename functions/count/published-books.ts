import type { CountingCluster } from './cluster.ts'
import { readToEnd } from './read-to-end.ts'

const recordsPerRead = 50_000

/**
 * The books whose last published count in this partition is not null, as canonical base64. Reads the whole partition.
 * @throws STATE_BLOCKED
 */
export async function publishedBooks(cluster: CountingCluster, partition: number): Promise<Set<string>> {
  const books = new Set<string>()
  await readToEnd(
    `${cluster.topics.bookCount}[${partition}]`,
    await cluster.bounds('bookCount', partition),
    (from) => cluster.readCounts(partition, from, recordsPerRead),
    ({ key, value }) => {
      if (key === null) return
      if (value === null) books.delete(key.toString('base64'))
      else books.add(key.toString('base64'))
    },
  )
  return books
}
