/**
 * Counts one partition exactly once, over batches that come at least once (docs/guarantees.md).
 * Updates and state are written in one transaction under the partition's own transactional id; whoever opens that id
 * fences all others, so as long as a container is not fenced, the state in its memory is the latest there is.
 */
import { setTimeout as delay } from 'node:timers/promises'
import type { BookState, Checkpoint } from '../../lib/book-state.ts'
import type { Emit } from '../../lib/config.ts'
import { AppError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { CountingCluster, Topology, Transactions } from './cluster.ts'
import { goneBooks } from './gone-books.ts'
import { type CountedRecord, Ledger, lastUpdates, type Staged, type Tally, type Update } from './ledger.ts'
import { countedRecord } from './records.ts'
import { faultOf, type Memory, restore } from './restore.ts'
import { writeTransaction } from './transaction.ts'

/** What a container has while it owns a partition. */
type Held = {
  readonly transactions: Transactions
  readonly ledger: Ledger
  readonly topology: Topology
  /** Set while the partition is counted again from the log's start. */
  rebuild: Rebuild | undefined
}

/** `until`: the offset of the lines at which it is done. `countsBefore`: where the counts ended when it began. */
type Rebuild = { readonly until: number; readonly countsBefore: number }

/** What one batch did: updates published, records by kind, takeovers needed, and the next offset to count. */
export type Counted = Tally & { updates: number; takeovers: number; next: number }

export type PartitionOptions = {
  readonly partition: number
  readonly cluster: CountingCluster
  readonly emit: Emit
  readonly log: Log
  /** Waits before the partition is taken over once more, in milliseconds. */
  readonly pause?: (ms: number) => Promise<void>
}

/** Bounds a transaction while catching up, so that a time-out costs one of them. */
const recordsPerTransaction = 20_000
/** How often one batch may be fenced or disconnected before it fails and is delivered again. */
const attemptsPerBatch = 5

export class PartitionCounter {
  readonly #partition: number
  readonly #cluster: CountingCluster
  readonly #emit: Emit
  readonly #log: Log
  readonly #pause: (ms: number) => Promise<void>
  #held: Held | undefined
  #memory: Memory | undefined
  #counted: Counted = nothingCounted()

  constructor(options: PartitionOptions) {
    this.#partition = options.partition
    this.#cluster = options.cluster
    this.#emit = options.emit
    this.#log = options.log
    this.#pause = options.pause ?? delay
  }

  /**
   * Counts a batch, in offset order and not empty; resolves when its updates and the state are durably published.
   * Fenced or disconnected in the middle, it takes over and goes on.
   * @throws NOT_FROM_THIS_TOPIC, PARTITIONS_CHANGED, STATE_BLOCKED, FENCED, KAFKA_UNAVAILABLE
   */
  async count(batch: readonly CountedRecord[], topology: Topology): Promise<Counted> {
    this.#counted = nothingCounted()
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#checkOrigin(batch.at(-1)!.offset)
        await this.#own(topology)
        await this.#countBatch(batch, topology)
        return { ...this.#counted, next: this.#owned.ledger.next }
      } catch (error) {
        // Whatever went wrong, an unknown outcome of a commit included: the state topic knows better than we do.
        await this.close()
        const again =
          error instanceof AppError && (error.code === 'FENCED' || error.code === 'KAFKA_UNAVAILABLE')
        if (!again || attempt === attemptsPerBatch) throw error
        this.#log.warn('Lost the partition in the middle of a batch', {
          partition: this.#partition,
          code: error.code,
        })
        // Two containers that want one partition must not fence each other in step.
        await this.#pause(200 + Math.random() * 1800)
      }
    }
  }

  /**
   * Counts without a batch: what the log has beyond the state, to its end as it is now. For the command line, where
   * nothing is delivered twice: whatever goes wrong is thrown at once, FENCED too.
   * @throws PARTITIONS_CHANGED, STATE_BLOCKED, FENCED, KAFKA_UNAVAILABLE
   */
  async countLog(topology: Topology): Promise<Counted> {
    this.#counted = nothingCounted()
    return await this.#orClosed(async () => {
      await this.#own(topology)
      const end = await this.#cluster.booksEnd(this.#partition)
      await this.#catchUp(Math.max(end, this.#owned.rebuild?.until ?? 0))
      await this.#finishRebuild()
      return { ...this.#counted, next: this.#owned.ledger.next }
    })
  }

  /**
   * Discards the state, durably, so that whoever counts next publishes every count again, from the log's start on.
   * Nothing happens while the partition is being counted again already.
   * @throws as `countLog`
   */
  async startAgain(topology: Topology): Promise<void> {
    await this.#orClosed(async () => {
      await this.#own(topology)
      const { rebuild, transactions } = this.#owned
      if (rebuild !== undefined) return
      this.#held = await this.#beginRebuild(transactions, topology, this.#memory!)
    })
  }

  /**
   * Puts one book right and publishes its count, in one transaction; directly after `countLog`.
   * @param state what its lines before the `next` that `countLog` returned make of it
   * @throws FENCED, KAFKA_UNAVAILABLE
   */
  async correct(book: string, state: BookState | undefined): Promise<void> {
    await this.#orClosed(async () => {
      const { ledger } = this.#owned
      const updates = [{ book, count: state?.lines ?? null }]
      await this.#publish({ ...ledger.stage([], ledger.next), updates, changed: new Map([[book, state]]) })
    })
  }

  /** Ends the connection; the next batch takes the partition over again. Idempotent. */
  async close(): Promise<void> {
    const held = this.#held
    this.#held = undefined
    await held?.transactions.close()
  }

  async #own(topology: Topology): Promise<void> {
    if (this.#held === undefined || !areSame(this.#held.topology, topology)) await this.#takeOver(topology)
  }

  async #orClosed<T>(work: () => Promise<T>): Promise<T> {
    try {
      return await work()
    } catch (error) {
      await this.close()
      throw error
    }
  }

  get #owned(): Held {
    if (this.#held === undefined) throw new Error(`Partition ${this.#partition} is not held.`)
    return this.#held
  }

  /** Offsets that the log does not have are invented. */
  async #checkOrigin(last: number): Promise<void> {
    const end = await this.#cluster.booksEnd(this.#partition)
    if (last < end) return
    throw new AppError(
      'NOT_FROM_THIS_TOPIC',
      `The batch ends at offset ${last} of ${this.#cluster.topics.books}[${this.#partition}], whose log ends at ${end}: these records are not from this topic, and nothing was counted. To try the function by hand, write an event of real records with "npm run books -- event count --from BOOK".`,
    )
  }

  async #countBatch(batch: readonly CountedRecord[], topology: Topology): Promise<void> {
    const first = batch[0]!.offset
    const last = batch.at(-1)!.offset
    if (first > this.#owned.ledger.next && !(await this.#isLatest())) await this.#takeOver(topology)
    const { ledger, rebuild } = this.#owned
    const whole = first <= ledger.next && last - first === batch.length - 1
    // Also while counting again: the mapping brings the rest, in batches that are bounded and read only once.
    if (last >= ledger.next && whole) await this.#publish(ledger.stage(batch, last + 1))
    else await this.#catchUp(Math.max(last + 1, rebuild?.until ?? 0))
    if (this.#owned.ledger.next <= last) throw this.#endedEarly(last)
    await this.#finishRebuild()
  }

  /** The log has this record, but the broker that was read from does not show it: it became the leader a moment ago. */
  #endedEarly(last: number): AppError {
    const { next } = this.#owned.ledger
    return new AppError(
      'KAFKA_UNAVAILABLE',
      `${this.#cluster.topics.books}[${this.#partition}] could be read to offset ${next} only, although it has offset ${last}.`,
      { retryable: true },
    )
  }

  /** Fences first, then restores: nobody can change the state in between. */
  async #takeOver(topology: Topology): Promise<void> {
    await this.close()
    this.#counted.takeovers++
    const transactions = await this.#cluster.fence(this.#partition)
    try {
      this.#held = await this.#restored(transactions, topology)
    } catch (error) {
      await transactions.close()
      throw error
    }
  }

  async #restored(transactions: Transactions, topology: Topology): Promise<Held> {
    const log = await this.#cluster.bounds('books', this.#partition)
    const { stateTopicId } = topology
    this.#memory = await restore(this.#cluster, this.#partition, stateTopicId, this.#memory)
    let fault = faultOf(this.#memory, topology, log)
    if (fault !== undefined) {
      this.#memory = await restore(this.#cluster, this.#partition, stateTopicId)
      fault = faultOf(this.#memory, topology, log)
    }
    if (!areSame(await this.#cluster.topology(), topology)) throw this.#madeAgain()
    const { books, checkpoint } = this.#memory
    refuseOtherPartitions(checkpoint, topology, this.#cluster.topics.books)
    if (checkpoint === undefined || fault !== undefined) {
      return this.#beginRebuild(transactions, topology, this.#memory, fault ?? 'there is no checkpoint')
    }
    return {
      transactions,
      ledger: new Ledger(checkpoint.next, books),
      topology,
      rebuild: rebuildIn(checkpoint),
    }
  }

  /**
   * Whether nobody else has counted this partition since: the last checkpoint in the state topic is our own. Asked when
   * a batch starts above `next`, as it does when Lambda gave the batches between to another container.
   */
  async #isLatest(): Promise<boolean> {
    const before = this.#memory!
    const own = this.#checkpoint()
    try {
      const blank = { ...before, books: new Map() }
      const { checkpoint, position } = await restore(this.#cluster, this.#partition, before.topicId, blank)
      if (checkpoint?.next !== own.next || checkpoint.rebuildUntil !== own.rebuildUntil) return false
      this.#memory = { ...before, checkpoint, position }
      return true
    } catch (error) {
      // An open transaction that is not ours: whoever opened it has fenced us.
      if (error instanceof AppError && error.code === 'STATE_BLOCKED') return false
      throw error
    }
  }

  #madeAgain(): AppError {
    return new AppError(
      'TOPIC_MISSING',
      `A topic of partition ${this.#partition} was made again while its state was read: the batch must be delivered again.`,
      { retryable: true },
    )
  }

  /** Counts from the log until `until`, whatever the batch held. */
  async #catchUp(until: number): Promise<void> {
    const { ledger } = this.#owned
    while (ledger.next < until) {
      const stretch = await this.#cluster.readBooks(this.#partition, ledger.next, recordsPerTransaction)
      await this.#publish(ledger.stage(stretch.records.map(countedRecord), stretch.next))
      if (stretch.atEnd) return
    }
  }

  /** Forgets what the state topic says and counts from the log's start, in a way that any successor can continue. */
  async #beginRebuild(
    transactions: Transactions,
    topology: Topology,
    known: Memory,
    fault?: string,
  ): Promise<Held> {
    const [{ start, end }, counts] = await Promise.all([
      this.#cluster.bounds('books', this.#partition),
      this.#cluster.bounds('bookCount', this.#partition),
    ])
    const about = { partition: this.#partition, reason: fault ?? 'asked to', from: start, until: end }
    if (fault === undefined) this.#log.info('Counting again from the start of the log', about)
    else if (known.position === 0) this.#log.info('Counting a new partition', about)
    else this.#log.warn('The state is discarded: counting again from the start of the log', about)
    if (start > 0)
      this.#log.warn('Lines before this offset are gone from the log and can not be counted', about)
    const books: Memory['books'] = new Map()
    const rebuild = { until: end, countsBefore: counts.end }
    const held: Held = { transactions, ledger: new Ledger(start, books), topology, rebuild }
    const checkpoint = checkpointOf(held)
    const changed = [...known.books.keys()].map((book) => [book, undefined] as const)
    await writeTransaction(transactions, this.#cluster.topics, this.#partition, {
      updates: [],
      changed,
      checkpoint,
    })
    this.#memory = { ...known, books, checkpoint }
    return held
  }

  /** Once counted again, removes the published counts of books that have no lines any more. */
  async #finishRebuild(): Promise<void> {
    const held = this.#owned
    if (held.rebuild === undefined || held.ledger.next < held.rebuild.until) return
    const { countsBefore } = held.rebuild
    const gone = await goneBooks(this.#cluster, this.#partition, countsBefore, held.ledger.books)
    held.rebuild = undefined
    const updates: readonly Update[] = [...gone].map((book) => ({ book, count: null }))
    await this.#publish({ ...held.ledger.stage([], held.ledger.next), updates })
  }

  async #publish(staged: Staged): Promise<void> {
    const { transactions, ledger } = this.#owned
    const updates = this.#emit === 'batch' ? lastUpdates(staged.updates) : staged.updates
    const { changed } = staged
    const checkpoint = this.#checkpoint(staged)
    await writeTransaction(transactions, this.#cluster.topics, this.#partition, {
      updates,
      changed,
      checkpoint,
    })
    ledger.commit(staged)
    this.#counted.updates += updates.length
    for (const [name, number] of Object.entries(staged.tally)) this.#counted[name as keyof Tally] += number
  }

  #checkpoint(staged?: Staged): Checkpoint {
    return checkpointOf(this.#owned, staged)
  }
}

/** More partitions under the same lines: their keys belong elsewhere now, and no count could be right. */
function refuseOtherPartitions(checkpoint: Checkpoint | undefined, topology: Topology, topic: string): void {
  if (checkpoint?.booksTopicId !== topology.booksTopicId || checkpoint.partitions === topology.partitions)
    return
  throw new AppError(
    'PARTITIONS_CHANGED',
    `${topic} had ${checkpoint.partitions} partitions when its lines were counted and has ${topology.partitions} now, so a book's lines no longer share a partition: nothing was counted. Make the topic again with its lines, or set it up under another USERID.`,
  )
}

function areSame(one: Topology, other: Topology): boolean {
  return (
    one.booksTopicId === other.booksTopicId &&
    one.countTopicId === other.countTopicId &&
    one.stateTopicId === other.stateTopicId
  )
}

function rebuildIn({ rebuildUntil, countsBefore }: Checkpoint): Rebuild | undefined {
  if (rebuildUntil === undefined) return undefined
  return { until: rebuildUntil, countsBefore: countsBefore ?? Number.MAX_SAFE_INTEGER }
}

function checkpointOf({ ledger, topology, rebuild }: Held, staged?: Staged): Checkpoint {
  const { booksTopicId, countTopicId, partitions } = topology
  const next = staged?.next ?? ledger.next
  const checkpoint = { next, booksTopicId, countTopicId, partitions, ...ledger.totals(staged) }
  if (rebuild === undefined) return checkpoint
  return { ...checkpoint, rebuildUntil: rebuild.until, countsBefore: rebuild.countsBefore }
}

function nothingCounted(): Counted {
  return {
    lines: 0,
    removals: 0,
    withoutKey: 0,
    skippedAhead: 0,
    ignored: 0,
    updates: 0,
    takeovers: 0,
    next: 0,
  }
}
