/** The counts are current until this owner is fenced. */

import type { LogRecord } from '../../kafka/records/record.ts'
import { AppError } from '../../lib/errors.ts'
import type { Log } from '../../lib/log.ts'
import type { Checkpoint } from '../book-state.ts'
import type { Emit } from '../config.ts'
import {
  type CountingCluster,
  isSameTopic,
  isSameTopology,
  type Topology,
  type Transactions,
} from './cluster.ts'
import {
  type BatchTotals,
  type CountedRecord,
  Ledger,
  lastUpdates,
  noTotals,
  type PendingUpdate,
  type Update,
} from './ledger.ts'
import { orphanedCounts } from './orphaned-counts.ts'
import { countedRecord } from './records.ts'
import { faultOf, type RestoredState, restore } from './restore.ts'
import { writeTransaction } from './transaction.ts'

type Ownership = {
  readonly transactions: Transactions
  readonly ledger: Ledger
  readonly topology: Topology
  rebuild: Rebuild | undefined
}

type Rebuild = { readonly until: number; readonly countsBefore: number }

export type Counted = BatchTotals & { updates: number; takeovers: number; next: number }

export type PartitionOptions = {
  readonly partition: number
  readonly cluster: CountingCluster
  readonly emit: Emit
  readonly log: Log
}

/** Limits the work that is lost at a timeout. */
const recordsPerTransaction = 20_000

export class PartitionOwner {
  readonly partition: number
  readonly #cluster: CountingCluster
  readonly #emit: Emit
  readonly #log: Log
  #ownership: Ownership | undefined
  /** The next takeover reads only the records after this state. */
  #restored: RestoredState | undefined
  #totals = nothingCounted()

  constructor({ partition, cluster, emit, log }: PartitionOptions) {
    this.partition = partition
    this.#cluster = cluster
    this.#emit = emit
    this.#log = log
  }

  get ledger(): Ledger {
    return this.#owned.ledger
  }

  get rebuildUntil(): number | undefined {
    return this.#owned.rebuild?.until
  }

  resetTotals(): void {
    this.#totals = nothingCounted()
  }

  get counted(): Counted {
    return { ...this.#totals, next: this.ledger.next }
  }

  /**
   * Takes the partition over unless this owner already has these topics.
   * @throws STATE_BLOCKED, FENCED, KAFKA_UNAVAILABLE, PARTITIONS_CHANGED
   */
  async own(topology: Topology): Promise<void> {
    if (this.#ownership === undefined || !isSameTopology(this.#ownership.topology, topology))
      await this.takeOver(topology)
  }

  /** Fences other owners first, so the state cannot change while it is read. @throws as `own` */
  async takeOver(topology: Topology): Promise<void> {
    this.release()
    this.#totals.takeovers++
    const transactions = await this.#cluster.fence(this.partition)
    try {
      this.#ownership = await this.#restore(transactions, topology)
    } catch (error) {
      transactions.close()
      throw error
    }
  }

  /** Begins the next transaction if the partition is owned. Never rejects: `publish` throws errors. */
  async begin(): Promise<void> {
    const { bookCount, bookCountState } = this.#cluster.topics
    await this.#ownership?.transactions.begin([bookCount, bookCountState], this.partition)
  }

  /** Ends a transaction without updates. If that fails, the next batch restores the state. */
  async endUnusedTransaction(): Promise<void> {
    await this.#owned.transactions.commit().catch(() => this.release())
  }

  release(): void {
    this.#ownership?.transactions.close()
    this.#ownership = undefined
  }

  async isLatest(): Promise<boolean> {
    const before = this.#restored!
    const own = checkpointOf(this.#owned)
    try {
      const known = { ...before, books: new Map() }
      const restored = await restore(this.#cluster, this.partition, before.topicId, known)
      const { checkpoint, position } = restored
      if (checkpoint?.next !== own.next || checkpoint.rebuildUntil !== own.rebuildUntil) return false
      this.#restored = { ...before, checkpoint, position }
      return true
    } catch (error) {
      // The open transaction of another owner has fenced this one.
      if (error instanceof AppError && error.code === 'STATE_BLOCKED') return false
      throw error
    }
  }

  async catchUp(until: number): Promise<void> {
    const { ledger } = this.#owned
    while (ledger.next < until) {
      const records: CountedRecord[] = []
      const take = (record: LogRecord) => records.push(countedRecord(record))
      const read = this.#cluster.readBooks(this.partition, ledger.next, recordsPerTransaction, take)
      const { next, isAtEnd } = await read
      await this.publish(ledger.stage(records, next))
      if (isAtEnd) return
    }
  }

  /** @throws FENCED, KAFKA_UNAVAILABLE */
  async publish(staged: PendingUpdate): Promise<void> {
    const { transactions, ledger } = this.#owned
    const updates = this.#emit === 'batch' ? lastUpdates(staged.updates) : staged.updates
    const checkpoint = checkpointOf(this.#owned, staged)
    const publication = { updates, changed: staged.changed, checkpoint }
    await writeTransaction(transactions, this.#cluster.topics, this.partition, publication)
    ledger.commit(staged)
    this.#totals.updates += updates.length
    for (const [name, count] of Object.entries(staged.totals))
      this.#totals[name as keyof BatchTotals] += count
  }

  async startRebuild(): Promise<void> {
    const { transactions, topology, rebuild } = this.#owned
    if (rebuild !== undefined) return
    this.#ownership = await this.#beginRebuild(transactions, topology)
  }

  /** Removes the counts of books that the log no longer contains. */
  async finishRebuild(): Promise<void> {
    const owned = this.#owned
    if (owned.rebuild === undefined || owned.ledger.next < owned.rebuild.until) return
    const { countsBefore } = owned.rebuild
    const orphaned = await orphanedCounts(this.#cluster, this.partition, countsBefore, owned.ledger.books)
    owned.rebuild = undefined
    const updates: readonly Update[] = [...orphaned].map((book) => ({ book, count: null }))
    await this.publish({ ...owned.ledger.stage([], owned.ledger.next), updates })
  }

  get #owned(): Ownership {
    if (this.#ownership === undefined) throw new Error(`Partition ${this.partition} is not owned.`)
    return this.#ownership
  }

  async #restore(transactions: Transactions, topology: Topology): Promise<Ownership> {
    const faultAfter = async (known?: RestoredState) => {
      const log = await this.#cluster.bounds('books', this.partition)
      this.#restored = await restore(this.#cluster, this.partition, topology.stateTopicId, known)
      return faultOf(this.#restored, topology, log)
    }
    const fault = (await faultAfter(this.#restored)) && (await faultAfter())
    if (!isSameTopology(await this.#cluster.topology(), topology)) {
      throw new AppError(
        'TOPIC_MISSING',
        `A topic was re-created while the state of partition ${this.partition} was restored. The batch must be delivered again.`,
        { retryable: true },
      )
    }
    const { books, checkpoint, position } = this.#restored!
    transactions.expectOffset(this.#cluster.topics.bookCountState, this.partition, position)
    rejectOtherPartitionCount(checkpoint, topology, this.#cluster.topics.books)
    if (checkpoint === undefined || fault !== undefined) {
      return this.#beginRebuild(transactions, topology, fault ?? 'there is no checkpoint')
    }
    const ledger = new Ledger(checkpoint.next, books)
    return { transactions, ledger, topology, rebuild: rebuildIn(checkpoint) }
  }

  async #beginRebuild(transactions: Transactions, topology: Topology, fault?: string): Promise<Ownership> {
    const restored = this.#restored!
    const [{ start, end }, counts] = await Promise.all([
      this.#cluster.bounds('books', this.partition),
      this.#cluster.bounds('bookCount', this.partition),
    ])
    const about = { partition: this.partition, reason: fault ?? 'requested', from: start, until: end }
    if (fault === undefined) this.#log.info('Counting again from the start of the log', about)
    else if (restored.position === 0) this.#log.info('Counting a new partition', about)
    else this.#log.warn('Discarding the state and counting again from the start of the log', about)
    if (start > 0)
      this.#log.warn('Lines before this offset were deleted from the log and cannot be counted', about)
    const books: RestoredState['books'] = new Map()
    const rebuild = { until: end, countsBefore: counts.end }
    const ownership: Ownership = { transactions, ledger: new Ledger(start, books), topology, rebuild }
    const checkpoint = checkpointOf(ownership)
    const changed = new Map([...restored.books.keys()].map((book) => [book, undefined]))
    const publication = { updates: [], changed, checkpoint }
    await writeTransaction(transactions, this.#cluster.topics, this.partition, publication)
    this.#restored = { ...restored, books, checkpoint }
    return ownership
  }
}

function rejectOtherPartitionCount(
  checkpoint: Checkpoint | undefined,
  topology: Topology,
  topic: string,
): void {
  if (checkpoint === undefined || !isSameTopic(checkpoint.booksTopicId, topology.booksTopicId)) return
  if (checkpoint.partitions === topology.partitions) return
  throw new AppError(
    'PARTITIONS_CHANGED',
    `${topic} had ${checkpoint.partitions} partitions when its lines were counted and has ${topology.partitions} now, so the lines of a book no longer share a partition. Nothing was counted. Re-create the topic and upload the books again, or choose another USERID.`,
  )
}

function rebuildIn({ rebuildUntil, countsBefore }: Checkpoint): Rebuild | undefined {
  if (rebuildUntil === undefined) return undefined
  return { until: rebuildUntil, countsBefore: countsBefore ?? Number.MAX_SAFE_INTEGER }
}

function checkpointOf({ ledger, topology, rebuild }: Ownership, staged?: PendingUpdate): Checkpoint {
  const { booksTopicId, countTopicId, partitions } = topology
  const next = staged?.next ?? ledger.next
  const checkpoint = { next, booksTopicId, countTopicId, partitions, ...ledger.totals(staged) }
  if (rebuild === undefined) return checkpoint
  return { ...checkpoint, rebuildUntil: rebuild.until, countsBefore: rebuild.countsBefore }
}

function nothingCounted(): Omit<Counted, 'next'> {
  return { ...noTotals(), updates: 0, takeovers: 0 }
}
