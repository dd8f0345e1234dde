import { type Clock, sleep } from '../batch/clock.ts'
import type { MappingStatus } from './mapping-status.ts'

export type OffsetStore = {
  /** @returns false when the partitions are no longer assigned. @throws when the commit can be retried */
  commit(offsets: ReadonlyMap<number, number>): Promise<boolean>
}

const retryMs = 200

/**
 * Commits the latest finished offset of each assigned partition, one request at a time. Batches do not wait for
 * commits. If the process is killed, records with uncommitted offsets are delivered again.
 */
export class Committer {
  readonly #store: OffsetStore
  readonly #status: Pick<MappingStatus, 'counters' | 'report'>
  readonly #clock: Clock
  readonly #committed: Map<number, number>
  readonly #pending = new Map<number, number>()
  readonly #stopping = new AbortController()
  #working: Promise<void> | undefined

  constructor(
    committed: ReadonlyMap<number, number>,
    store: OffsetStore,
    status: Pick<MappingStatus, 'counters' | 'report'>,
    clock: Clock,
  ) {
    this.#committed = new Map(committed)
    this.#store = store
    this.#status = status
    this.#clock = clock
  }

  get committed(): ReadonlyMap<number, number> {
    return this.#committed
  }

  /** Queues offsets below which all records are done. Ignores offsets below earlier ones. */
  commit(offsets: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of offsets) {
      const known = Math.max(this.#committed.get(partition) ?? -1, this.#pending.get(partition) ?? -1)
      if (offset > known) this.#pending.set(partition, offset)
    }
    if (this.#pending.size > 0) this.#working ??= this.#work()
  }

  abandon(): void {
    this.#pending.clear()
    this.#stopping.abort()
  }

  /** Drops commits that do not finish in time. */
  async finish(withinMs: number): Promise<void> {
    await Promise.race([this.#working, sleep(this.#clock, withinMs, this.#stopping.signal)])
    this.#stopping.abort()
  }

  async #work(): Promise<void> {
    while (this.#pending.size > 0 && !this.#stopping.signal.aborted) {
      const offsets = new Map(this.#pending)
      this.#pending.clear()
      try {
        if (await this.#store.commit(offsets)) this.#record(offsets)
      } catch (error) {
        this.#status.report('commit', error)
        for (const [partition, offset] of offsets) {
          if (!this.#pending.has(partition)) this.#pending.set(partition, offset)
        }
        await sleep(this.#clock, retryMs, this.#stopping.signal)
      }
    }
    this.#working = undefined
  }

  #record(offsets: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of offsets) {
      this.#status.counters.CommittedEventCount += offset - (this.#committed.get(partition) ?? offset)
      this.#committed.set(partition, offset)
    }
    this.#status.report('commit', undefined)
  }
}
