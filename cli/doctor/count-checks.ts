import type { BookCounts } from '../../lib/book-counts.ts'
import type { GroupDescription, PartitionOffsets } from '../../lib/kafka/admin.ts'
import { bad, type Finding, good } from './finding.ts'
import { plural } from './topic-checks.ts'

/** Whether anyone polls for `count`. */
export function judgeMapping(groupId: string, { members }: GroupDescription): Finding {
  const check = 'mapping'
  if (members > 0) return good(check, `the group ${groupId} has ${plural(members, 'member')}`)
  const advice =
    'Start the local cloud with "npm start", or enable the event source mapping of count; "books count" counts meanwhile.'
  return bad(check, `the group ${groupId} has no member: nothing is delivered to count`, advice)
}

export type Lag = {
  /** Records that are in the log and not counted. */
  readonly uncounted: number
  /** Records behind the offsets that the mapping has committed. */
  readonly undelivered: number
}

export function lagOf(
  logs: readonly PartitionOffsets[],
  { checkpoints }: BookCounts,
  { committed }: GroupDescription,
): Lag {
  const behind = (position: (partition: number) => number | undefined) =>
    logs.reduce(
      (sum, { partition, start, end }) => sum + Math.max(0, end - (position(partition) ?? start)),
      0,
    )
  return {
    uncounted: behind((partition) => checkpoints[partition]?.next),
    undelivered: behind((partition) => committed.get(partition)),
  }
}

/** Two looks: being behind is no fault as long as it goes on. */
export function judgeLag(before: Lag, after: Lag): Finding {
  const check = 'lag'
  if (after.uncounted === 0) return good(check, 'everything in the log is counted')
  const found = `${plural(after.uncounted, 'record')} not counted, ${after.undelivered.toLocaleString('en')} not delivered`
  if (after.uncounted < before.uncounted) return good(check, `${found}, and getting less`)
  const advice =
    'The log of count says why its batches fail; "books count --until-end" counts them from here.'
  return bad(check, found, advice)
}

/** Whether the counts can be believed as they stand. */
export function judgeState({ status, books, lines }: BookCounts): Finding {
  const check = 'counts'
  switch (status.kind) {
    case 'current':
      return good(check, `${plural(books.size, 'book')}, ${plural(lines, 'line')}`)
    case 'rebuilding': {
      const done = `${status.counted.toLocaleString('en')} of ${status.until.toLocaleString('en')} records`
      return bad(check, `being counted again: ${done}`, 'Wait, or finish it with "books recount".')
    }
    case 'incomplete':
      return bad(
        check,
        `do not add up in partition ${status.partitions.join(', ')}`,
        'Run: npm run books -- recount',
      )
    default:
      return status satisfies never
  }
}

/** A book's lines belong into one partition: its count is exact in each, and the order of its lines only there. */
export function judgeSpread({ books }: BookCounts): Finding {
  const check = 'spread'
  const spread = [...books.values()].filter(({ partitions }) => partitions.length > 1).map(({ name }) => name)
  if (spread.length === 0) return good(check, 'each book is in one partition')
  const some = spread.slice(0, 5).join(', ') + (spread.length > 5 ? ', …' : '')
  const advice =
    'Other producers wrote them with another partitioner: let those use murmur2 (kcat: -X topic.partitioner=murmur2_random).'
  return bad(check, `${plural(spread.length, 'book')} in several partitions: ${some}`, advice)
}
