import { type Clock, sleep } from './clock.ts'

/** @returns false when the partitions are no longer ours. @throws when it may be tried again */
export type Commit = (offsets: ReadonlyMap<number, number>) => Promise<boolean>

const retryMs = 200

/**
 * Sends finished offsets to the group coordinator, one request at a time, the latest of each partition. Batches do not wait
 * for it: what is committed late is delivered again after a kill, never lost.
 */
export class Committer {
  readonly #commit: Commit
  readonly #clock: Clock
  readonly #onError: (error: unknown) => void
  readonly #onCommitted: (offsets: number) => void
  readonly #committed = new Map<number, number>()
  readonly #pending = new Map<number, number>()
  #working: Promise<void> | undefined
  #stopping = new AbortController()

  /** `onCommitted` hears how many offsets more are committed. */
  constructor(
    commit: Commit,
    clock: Clock,
    onError: (error: unknown) => void,
    onCommitted: (offsets: number) => void,
  ) {
    this.#commit = commit
    this.#clock = clock
    this.#onError = onError
    this.#onCommitted = onCommitted
  }

  /** What the group has committed for each assigned partition. */
  get committed(): ReadonlyMap<number, number> {
    return this.#committed
  }

  /** Begins with what is committed already, when partitions have been assigned. */
  reset(committed: ReadonlyMap<number, number>): void {
    this.#stopping.abort()
    this.#stopping = new AbortController()
    this.#pending.clear()
    this.#committed.clear()
    for (const [partition, offset] of committed) this.#committed.set(partition, offset)
  }

  /** These offsets, at most, may be committed. Going back is not possible. */
  add(offsets: ReadonlyMap<number, number>): void {
    for (const [partition, offset] of offsets) {
      const known = Math.max(this.#committed.get(partition) ?? -1, this.#pending.get(partition) ?? -1)
      if (offset > known) this.#pending.set(partition, offset)
    }
    if (this.#pending.size > 0) this.#working ??= this.#work()
  }

  /** Resolves when nothing waits to be committed, or after `withinMs`, when it is given up. */
  async flush(withinMs: number): Promise<void> {
    const cancel = this.#clock.after(withinMs, () => this.#stopping.abort())
    await this.#working
    cancel()
  }

  async #work(): Promise<void> {
    const { signal } = this.#stopping
    while (this.#pending.size > 0 && !signal.aborted) {
      const offsets = new Map(this.#pending)
      this.#pending.clear()
      try {
        const ours = await this.#commit(offsets)
        if (ours && !signal.aborted) this.#note(offsets)
      } catch (error) {
        this.#onError(error)
        for (const [partition, offset] of offsets) {
          if (!this.#pending.has(partition)) this.#pending.set(partition, offset)
        }
        await sleep(this.#clock, retryMs, signal)
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
    this.#onCommitted(more)
  }
}
