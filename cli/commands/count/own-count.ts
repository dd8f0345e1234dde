import { setTimeout as delay } from 'node:timers/promises'
import { openCluster } from '../../../books/cluster.ts'
import type { Config } from '../../../books/config.ts'
import { type CountedRecord, Ledger, type Update } from '../../../books/count/ledger.ts'
import { countedRecord } from '../../../books/count/records.ts'
import { faultOf, restore } from '../../../books/count/restore.ts'
import { Admin } from '../../../kafka/admin.ts'
import { InterruptibleCluster } from './interruptible-cluster.ts'

const pollMs = 250
const recordsPerRead = 20_000

export type OwnCountOptions = {
  /** If false, counting starts at the offsets of the shared state. */
  readonly fromBeginning: boolean
  /** Called for each batch, in order within a partition. */
  readonly publish: (updates: readonly Update[]) => Promise<void>
  /** Stops between two batches. */
  readonly signal: AbortSignal
}

/** Counts in memory with the function's reducer. Writes no state, no counts and no offsets. */
export class OwnCount {
  readonly #options: OwnCountOptions
  readonly #cluster: InterruptibleCluster
  readonly #admin: Admin
  readonly #ledgers: Ledger[] = []

  constructor(config: Config, options: OwnCountOptions) {
    this.#options = options
    this.#cluster = new InterruptibleCluster(config, options.signal)
    this.#admin = new Admin(openCluster(config))
  }

  totals(): { readonly books: number; readonly lines: number } {
    const all = this.#ledgers.map((ledger) => ledger.totals())
    const sum = (numbers: readonly number[]) => numbers.reduce((total, number) => total + number, 0)
    return { books: sum(all.map(({ books }) => books)), lines: sum(all.map(({ lines }) => lines)) }
  }

  /**
   * Counts to the log end; with `follow`, counts until stopped.
   * @param onRound called at each log end
   * @throws TOPIC_MISSING, PARTITIONS_DIFFER, STATE_BLOCKED, KAFKA_UNAVAILABLE, and the errors of `publish`
   */
  async run(follow: boolean, onRound: () => void): Promise<void> {
    const { signal } = this.#options
    try {
      const { partitions: described } = await this.#admin.describeTopic(this.#cluster.topics.books)
      const partitions = described.map(({ partition }) => partition)
      while (!signal.aborted) {
        await Promise.all(partitions.map((partition) => this.#countOn(partition)))
        onRound()
        if (!follow) return
        await delay(pollMs, undefined, { signal }).catch(() => undefined)
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }

  /** Idempotent. */
  close(): void {
    this.#admin.close()
    this.#cluster.close()
  }

  async #countOn(partition: number): Promise<void> {
    const end = await this.#cluster.booksEnd(partition)
    this.#ledgers[partition] ??= await this.#firstLedger(partition)
    const ledger = this.#ledgers[partition]
    while (ledger.next < end) {
      const records: CountedRecord[] = []
      const { next, isAtEnd } = await this.#cluster.readBooks(
        partition,
        ledger.next,
        recordsPerRead,
        (record) => records.push(countedRecord(record)),
      )
      const staged = ledger.stage(records, next)
      await this.#options.publish(staged.updates)
      ledger.commit(staged)
      if (isAtEnd) return
    }
  }

  async #firstLedger(partition: number): Promise<Ledger> {
    const log = await this.#cluster.bounds('books', partition)
    if (this.#options.fromBeginning || !(await this.#hasSharedState())) return new Ledger(log.start)
    const topology = await this.#cluster.topology()
    const memory = await restore(this.#cluster, partition, topology.stateTopicId)
    const { checkpoint, books } = memory
    if (checkpoint === undefined || faultOf(memory, topology, log) !== undefined) return new Ledger(log.start)
    return new Ledger(checkpoint.next, books)
  }

  async #hasSharedState(): Promise<boolean> {
    const { bookCount, bookCountState } = this.#cluster.topics
    const found = await Promise.all([bookCount, bookCountState].map((name) => this.#admin.findTopic(name)))
    return !found.includes(undefined)
  }
}
