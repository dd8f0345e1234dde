import type { Bounds, CountingCluster } from './cluster.ts'
import { readToEnd } from './read-to-end.ts'

/**
 * The books, as canonical base64, that have a published count but are not among `counted`: lines of theirs were in the
 * log once and no longer are. Only counts from before `countsBefore` can be such, since `counted` was published after;
 * the others are read only to see whether a removal is among them. A new partition has none to read.
 * @throws STATE_BLOCKED
 */
export async function goneBooks(
  cluster: CountingCluster,
  partition: number,
  countsBefore: number,
  counted: ReadonlyMap<string, unknown>,
): Promise<ReadonlySet<string>> {
  const gone = new Set<string>()
  const read = (bounds: Bounds) =>
    readToEnd(cluster, 'bookCount', partition, bounds, ({ key, value }) => {
      const book = key?.toString('base64')
      if (book === undefined || counted.has(book)) return
      if (value === null) gone.delete(book)
      else gone.add(book)
    })
  const { start, end } = await cluster.bounds('bookCount', partition)
  const position = await read({ start, end: Math.min(end, countsBefore) })
  if (gone.size > 0) await read({ start: position, end })
  return gone
}
