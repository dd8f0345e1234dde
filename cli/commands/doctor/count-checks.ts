import type { BookCounts, CountsStatus } from '../../../books/book-counts.ts'
import type { PartitionOffsets } from '../../../kafka/admin.ts'
import { plural } from '../../terminal/table.ts'
import { failed, type Judgement, passed } from './finding.ts'

/** @param members of `count`'s consumer group for the lines topic */
export function judgeMapping(groupId: string, members: number): Judgement {
  if (members > 0) return passed(`the group ${groupId} has ${plural(members, 'member')}`)
  const advice =
    'Start the local cloud with "npm start", or enable the event source mapping of count. Until then, count with "npm run books -- count".'
  return failed(`the group ${groupId} has no member: nothing is delivered to count`, advice)
}

export type Lag = {
  /** Uncounted records in the log. */
  readonly uncounted: number
  /** Records after the committed offsets. */
  readonly undelivered: number
}

/** @param committed offsets by partition; undefined without any */
export function lagOf(
  logs: readonly PartitionOffsets[],
  { checkpoints }: BookCounts,
  committed: ReadonlyMap<number, number> | undefined,
): Lag {
  const behind = (position: (partition: number) => number | undefined) =>
    logs.reduce(
      (sum, { partition, start, end }) => sum + Math.max(0, end - (position(partition) ?? start)),
      0,
    )
  return {
    uncounted: behind((partition) => checkpoints[partition]?.next),
    undelivered: behind((partition) => committed?.get(partition)),
  }
}

/** Compares two snapshots, because decreasing lag is not a problem. */
export function judgeLag(before: Lag, after: Lag): Judgement {
  if (after.uncounted === 0) return passed('everything in the log is counted')
  const found = `${plural(after.uncounted, 'record')} not counted, ${after.undelivered.toLocaleString('en')} not delivered`
  if (after.uncounted < before.uncounted) return passed(`${found}, and decreasing`)
  const advice =
    'The log of count states the reason for each failed batch. "books count --until-end" counts the lines from this machine.'
  return failed(found, advice)
}

export type CountsNow = { readonly status: CountsStatus; readonly books: number; readonly lines: number }

export function countsNow({ status, books, lines }: BookCounts): CountsNow {
  return { status, books: books.size, lines }
}

/** Compares two snapshots, because a rebuild that advances is not a problem. */
export function judgeState(before: CountsNow, { status, books, lines }: CountsNow): Judgement {
  const counts = `${plural(books, 'book')}, ${plural(lines, 'line')}`
  switch (status.kind) {
    case 'current':
      return passed(counts)
    case 'rebuilding': {
      const done = `${status.counted.toLocaleString('en')} of ${status.until.toLocaleString('en')} records`
      if (lines !== before.lines || JSON.stringify(status) !== JSON.stringify(before.status))
        return passed(`${counts}; rebuilding from the beginning of the log: ${done}`)
      return failed(
        `the rebuild from the beginning of the log does not advance: ${done}`,
        'Run: npm run books -- recount',
      )
    }
    case 'incomplete':
      return failed(
        `inconsistent in partition ${status.partitions.join(', ')}`,
        'Run: npm run books -- recount',
      )
    default:
      return status satisfies never
  }
}

/** Reports books in several partitions, because the order of their lines is lost. */
export function judgeSpread({ books }: BookCounts): Judgement {
  const spread = [...books.values()].filter(({ partitions }) => partitions.length > 1).map(({ name }) => name)
  if (spread.length === 0) return passed('each book is in one partition')
  const some = spread.slice(0, 5).join(', ') + (spread.length > 5 ? ', …' : '')
  const advice =
    'Other producers wrote them with another partitioner. Set their partitioner to murmur2 (kcat: -X topic.partitioner=murmur2_random).'
  return failed(`${plural(spread.length, 'book')} in several partitions: ${some}`, advice)
}
