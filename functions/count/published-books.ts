import type { CountingCluster } from './cluster.ts'

const recordsPerRead = 50_000

/** The books whose last published count in this partition is not null, as canonical base64. Reads the whole partition. */
export async function publishedBooks(cluster: CountingCluster, partition: number): Promise<Set<string>> {
  const books = new Set<string>()
  let { start: position } = await cluster.bounds('bookCount', partition)
  for (let atEnd = false; !atEnd; ) {
    const stretch = await cluster.readCounts(partition, position, recordsPerRead)
    for (const { key, value } of stretch.records) {
      if (key === null) continue
      if (value === null) books.delete(key.toString('base64'))
      else books.add(key.toString('base64'))
    }
    position = stretch.next
    atEnd = stretch.atEnd
  }
  return books
}
