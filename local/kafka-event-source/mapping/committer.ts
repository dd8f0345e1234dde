import { type Clock, sleep } from './clock.ts'

export type CommitterDeps = {
  readonly clock: Clock
  /** @returns false when the partitions are no longer ours. @throws when it may be tried again */
  commit(offsets: ReadonlyMap<number, number>): Promise<boolean>
  /** So many offsets more are committed. */
  committed(offsets: number): void
  failed(error: unknown): void
}

const retryMs = 200

/**
 * Sends finished offsets to the group coordinator, one request at a time, the latest of each partition, for as long as the
 * partitions are ours. Batches do not wait for it: what is committed late is delivered again after a kill, never lost.
 */
export class Committer {
  readonly #deps: CommitterDeps
  readonly #committed: Map<number, number>
  readonly #pending = new Map<number, number>()
  readonly #over = new AbortController()
  #working: Promise<void> | undefined

  /** `committed` is what the group has committed when the partitions become ours. */
  constructor(committed: ReadonlyMap<number, number>, deps: CommitterDeps) {
    this.#committed = new Map(committed)
    this.#deps = deps
  }

  get committed(): ReadonlyMap<number, number> {
    return this.#committed
  }

  /** These offsets, at most, may be committed. Going back is not possible. */
  add(offsets: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of offsets) {
      const known = Math.max(this.#committed.get(partition) ?? -1, this.#pending.get(partition) ?? -1)
      if (offset > known) this.#pending.set(partition, offset)
    }
    if (this.#pending.size > 0) this.#working ??= this.#work()
  }

  /** Nothing is committed any more. */
  abandon(): void {
    this.#pending.clear()
    this.#over.abort()
  }

  /** The last commits: resolves when nothing waits any more, or after `withinMs`, when the rest is given up. */
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
