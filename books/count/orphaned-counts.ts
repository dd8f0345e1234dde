import type { Bounds, CountingCluster } from './cluster.ts'
import { readToEnd } from './read-to-end.ts'

/** Finds published books, in base64, that the log no longer contains. @throws STATE_BLOCKED */
export async function orphanedCounts(
  cluster: CountingCluster,
  partition: number,
  countsBefore: number,
  counted: ReadonlyMap<string, unknown>,
): Promise<ReadonlySet<string>> {
  const orphaned = new Set<string>()
  const read = (bounds: Bounds) =>
    readToEnd(cluster, 'bookCount', partition, bounds, ({ key, value }) => {
      const book = key?.toString('base64')
      if (book === undefined || counted.has(book)) return
      if (value === null) orphaned.delete(book)
      else orphaned.add(book)
    })
  const { start, end } = await cluster.bounds('bookCount', partition)
  const position = await read({ start, end: Math.min(end, countsBefore) })
  if (orphaned.size > 0) await read({ start: position, end })
  return orphaned
}
