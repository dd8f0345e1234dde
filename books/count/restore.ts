import { type BookState, type Checkpoint, decodeStateRecord } from '../book-state.ts'
import { type Bounds, type CountingCluster, isSameTopic, type Topology } from './cluster.ts'
import { readToEnd } from './read-to-end.ts'

/** The keys of `books` are canonical base64. */
export type RestoredState = {
  /** The topic to which `position` belongs. */
  readonly topicId: string
  readonly books: Map<string, BookState>
  readonly checkpoint: Checkpoint | undefined
  readonly position: number
}

/** Reads only the records after `known`, if it is of this topic. Call it after fencing. @throws STATE_BLOCKED */
export async function restore(
  cluster: CountingCluster,
  partition: number,
  topicId: string,
  known?: RestoredState,
): Promise<RestoredState> {
  const { start, end } = await cluster.bounds('bookCountState', partition)
  const isUsable =
    known !== undefined &&
    isSameTopic(known.topicId, topicId) &&
    known.position >= start &&
    known.position <= end
  const base = isUsable ? known : undefined
  const books = base?.books ?? new Map<string, BookState>()
  let checkpoint = base?.checkpoint
  const position = await readToEnd(
    cluster,
    'bookCountState',
    partition,
    { start: base?.position ?? start, end },
    ({ key, value }) => {
      const record = decodeStateRecord(key, value)
      if (record.kind === 'checkpoint') checkpoint = record.checkpoint
      else if (record.kind === 'book') {
        const book = record.book.toString('base64')
        if (record.state === null) books.delete(book)
        else books.set(book, record.state)
      }
    },
  )
  return { topicId, books, checkpoint, position }
}

/** Returns why the state cannot be used. */
export function faultOf(memory: RestoredState, topology: Topology, log: Bounds): string | undefined {
  const { checkpoint, books } = memory
  if (checkpoint === undefined) return 'there is no checkpoint'
  if (!isSameTopic(checkpoint.booksTopicId, topology.booksTopicId)) return 'the books topic was re-created'
  if (!isSameTopic(checkpoint.countTopicId, topology.countTopicId))
    return 'the topic of the counts was re-created'
  if (checkpoint.partitions !== topology.partitions) return 'the number of partitions changed'
  if (checkpoint.next < log.start)
    return `lines from offset ${checkpoint.next} to ${log.start - 1} are no longer in the log`
  if (checkpoint.next > log.end)
    return `it is at offset ${checkpoint.next}, beyond the end of the log at ${log.end}`
  let lines = 0
  for (const state of books.values()) lines += state.lines
  if (checkpoint.books !== books.size || checkpoint.lines !== lines) {
    return `it has ${books.size} books and ${lines} lines and the checkpoint has ${checkpoint.books} and ${checkpoint.lines}`
  }
  return undefined
}
