/** Counts one partition for the command line, without retries. */
import type { BookState } from '../book-state.ts'
import type { CountingCluster, Topology } from './cluster.ts'
import { type Counted, type PartitionOptions, PartitionOwner } from './partition-owner.ts'

export class LogCounter {
  readonly #cluster: CountingCluster
  readonly #owner: PartitionOwner

  constructor(options: PartitionOptions) {
    this.#cluster = options.cluster
    this.#owner = new PartitionOwner(options)
  }

  /** @throws PARTITIONS_CHANGED, STATE_BLOCKED, FENCED, KAFKA_UNAVAILABLE */
  count(topology: Topology): Promise<Counted> {
    return this.#releaseOnError(async (owner) => {
      await owner.own(topology)
      owner.resetTotals()
      const end = await this.#cluster.booksEnd(owner.partition)
      await owner.catchUp(Math.max(end, owner.rebuildUntil ?? 0))
      await owner.finishRebuild()
      return owner.counted
    })
  }

  /** @throws as `count` */
  discardState(topology: Topology): Promise<void> {
    return this.#releaseOnError(async (owner) => {
      await owner.own(topology)
      await owner.startRebuild()
    })
  }

  /**
   * Replaces one book's state and count. Call it directly after `count`.
   * @param state the book's state at that count's `next`; undefined removes the book
   * @throws FENCED, KAFKA_UNAVAILABLE
   */
  correct(book: string, state: BookState | undefined): Promise<void> {
    return this.#releaseOnError(async (owner) => {
      const updates = [{ book, count: state?.lines ?? null }]
      const { ledger } = owner
      await owner.publish({ ...ledger.stage([], ledger.next), updates, changed: new Map([[book, state]]) })
    })
  }

  release(): void {
    this.#owner.release()
  }

  async #releaseOnError<T>(work: (owner: PartitionOwner) => Promise<T>): Promise<T> {
    try {
      return await work(this.#owner)
    } catch (error) {
      this.release()
      throw error
    }
  }
}
