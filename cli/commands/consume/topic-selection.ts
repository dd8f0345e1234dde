import type { Metadata } from '../../../kafka/protocol/metadata.ts'
import { AppError } from '../../../lib/errors.ts'
import { requirePartition } from '../../options/partition.ts'
import type { OffsetRange } from './positions.ts'

/** A pattern is matched with the name after `prefix`. It also selects topics that are created later. */
export type TopicSelection =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | { readonly kind: 'pattern'; readonly pattern: RegExp; readonly prefix: string }

/**
 * Returns the selected topics that exist. Internal topics match no pattern.
 * @param partition if set, the only partition to read
 * @throws TOPIC_MISSING; NOT_FOUND when the partition does not exist
 */
export function selected(
  selection: TopicSelection,
  { topics }: Metadata,
  partition: number | undefined,
): readonly OffsetRange[] {
  const names = selection.kind === 'names' ? selection.names : matching(selection, [...topics.keys()])
  return names.map((topic) => {
    const found = topics.get(topic)?.partitions
    if (found === undefined) throw missing(topic)
    if (partition === undefined) return { topic, partitions: found.map((_, number) => number) }
    requirePartition(topic, partition, found.length)
    return { topic, partitions: [partition] }
  })
}

function matching(
  { pattern, prefix }: Extract<TopicSelection, { kind: 'pattern' }>,
  names: readonly string[],
): readonly string[] {
  return names
    .filter(
      (name) => !name.startsWith('__') && name.startsWith(prefix) && pattern.test(name.slice(prefix.length)),
    )
    .sort()
}

function missing(topic: string): AppError {
  return new AppError(
    'TOPIC_MISSING',
    `There is no topic ${topic}. "books topics list" shows the existing topics.`,
  )
}
