import { type Clock, sleep } from './clock.ts'

export type CommitterDeps = {
  readonly clock: Clock
  /** @returns false when the partitions are no longer assigned. @throws when the commit can be retried */
  commit(offsets: ReadonlyMap<number, number>): Promise<boolean>
  /** Reports the number of newly committed offsets. */
  committed(offsets: number): void
  failed(error: unknown): void
}

const retryMs = 200

/**
 * Commits the latest finished offset of each partition, one request at a time, while the partitions are assigned.
 * Batches do not wait for commits. After a kill, records with uncommitted offsets are delivered again; none is lost.
 */
export class Committer {
  readonly #deps: CommitterDeps
  readonly #committed: Map<number, number>
  readonly #pending = new Map<number, number>()
  readonly #over = new AbortController()
  #working: Promise<void> | undefined

  /** `committed`: the group's committed offsets at assignment. */
  constructor(committed: ReadonlyMap<number, number>, deps: CommitterDeps) {
    this.#committed = new Map(committed)
    this.#deps = deps
  }

  get committed(): ReadonlyMap<number, number> {
    return this.#committed
  }

  /** Queues offsets for the next commit. Ignores an offset that is not higher than the last one. */
  add(offsets: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of offsets) {
      const known = Math.max(this.#committed.get(partition) ?? -1, this.#pending.get(partition) ?? -1)
      if (offset > known) this.#pending.set(partition, offset)
    }
    if (this.#pending.size > 0) this.#working ??= this.#work()
  }

  /** Drops pending offsets and stops committing. */
  abandon(): void {
    this.#pending.clear()
    this.#over.abort()
  }

  /** Waits up to `withinMs` for pending commits, then drops the rest. */
  async finish(withinMs: number): Promise<void> {
    let cancel: () => void = () => undefined
    const tooLong = new Promise<void>((resolve) => {
      cancel = this.#deps.clock.after(withinMs, resolve)
    })
    await Promise.race([this.#working, tooLong])
    cancel()
    this.#over.abort()
  }

  async #work(): Promise<void> {
    while (this.#pending.size > 0 && !this.#over.signal.aborted) {
      const offsets = new Map(this.#pending)
      this.#pending.clear()
      try {
        if (await this.#deps.commit(offsets)) this.#note(offsets)
      } catch (error) {
        this.#deps.failed(error)
        for (const [partition, offset] of offsets) {
          if (!this.#pending.has(partition)) this.#pending.set(partition, offset)
        }
        await sleep(this.#deps.clock, retryMs, this.#over.signal)
      }
    }
    this.#working = undefined
  }

  #note(offsets: ReadonlyMap<number, number>): void {
    let more = 0
    for (const [partition, offset] of offsets) {
      more += offset - (this.#committed.get(partition) ?? offset)
      this.#committed.set(partition, offset)
    }
    this.#deps.committed(more)
  }
}
