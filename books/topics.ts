export type Topics = { readonly books: string; readonly bookCount: string; readonly bookCountState: string }

export function topicsOf(userid: string): Topics {
  return {
    books: `${userid}.books`,
    bookCount: `${userid}.book-count`,
    bookCountState: `${userid}.book-count-state`,
  }
}

/**
 * `books` is kept forever: counts are derived from it. `book-count` keeps every update for `min.compaction.lag.ms`. The
 * state is compacted often, so that a restore is fast. Kafka never compacts the active segment, so segments are small.
 */
export function topicConfigs(
  topics: Topics,
  settings: { readonly minInsyncReplicas: number; readonly minCompactionLagMs: number },
): ReadonlyMap<string, Readonly<Record<string, string>>> {
  const common = { 'min.insync.replicas': String(settings.minInsyncReplicas) }
  const compacted = { ...common, 'cleanup.policy': 'compact' }
  const state = {
    ...compacted,
    'segment.bytes': String(1024 * 1024),
    'segment.ms': String(10 * 60_000),
    'min.cleanable.dirty.ratio': '0.1',
    'max.compaction.lag.ms': String(10 * 60_000),
  }
  return new Map<string, Readonly<Record<string, string>>>([
    [topics.books, { ...common, 'cleanup.policy': 'delete', 'retention.ms': '-1', 'retention.bytes': '-1' }],
    [topics.bookCount, { ...compacted, 'min.compaction.lag.ms': String(settings.minCompactionLagMs) }],
    [topics.bookCountState, state],
  ])
}
