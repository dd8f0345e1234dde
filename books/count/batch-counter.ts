/** Counts each batch of one partition exactly once (docs/guarantees.md). */
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '../../lib/errors.ts'
import type { Topology } from './cluster.ts'
import type { CountedRecord } from './ledger.ts'
import { type Counted, type PartitionOptions, PartitionOwner } from './partition-owner.ts'

export type BatchCounterOptions = PartitionOptions & { readonly pause?: (ms: number) => Promise<void> }

/** After the last attempt, Lambda redelivers the batch. */
const attemptsPerBatch = 5

export class BatchCounter {
  readonly #options: BatchCounterOptions
  readonly #owner: PartitionOwner

  constructor(options: BatchCounterOptions) {
    this.#options = options
    this.#owner = new PartitionOwner(options)
  }

  /**
   * Resolves after the commit. The transaction begins while the batch is checked.
   * @param batch records in offset order, at least one
   * @param checked rejects if the batch must not be counted
   * @throws PARTITIONS_CHANGED, STATE_BLOCKED, FENCED, KAFKA_UNAVAILABLE, errors of `checked`
   */
  async count(batch: readonly CountedRecord[], checked: Promise<Topology>): Promise<Counted> {
    const { log, partition, pause = delay } = this.#options
    this.#owner.resetTotals()
    const begun = this.#owner.begin()
    const topology = await checked.catch(async (error: unknown) => {
      this.release()
      // No request may be pending while Lambda freezes the container.
      await begun
      throw error
    })
    for (let attempt = 1; ; attempt++) {
      try {
        await this.#owner.own(topology)
        await this.#countBatch(batch, topology)
        const { counted } = this.#owner
        await this.#owner.endUnusedTransaction()
        return counted
      } catch (error) {
        // The commit may have succeeded, so the next attempt restores the state.
        this.release()
        const isTransient =
          error instanceof AppError && (error.code === 'FENCED' || error.code === 'KAFKA_UNAVAILABLE')
        if (!isTransient || attempt === attemptsPerBatch) throw error
        log.warn('Counting a batch failed; retrying', { partition, code: error.code })
        // With fixed pauses, two containers could fence each other repeatedly.
        await pause(200 + Math.random() * 1800)
      }
    }
  }

  /** Idempotent. */
  release(): void {
    this.#owner.release()
  }

  async #countBatch(batch: readonly CountedRecord[], topology: Topology): Promise<void> {
    const owner = this.#owner
    const first = batch[0]!.offset
    const last = batch.at(-1)!.offset
    if (first > owner.ledger.next && !(await owner.isLatest())) await owner.takeOver(topology)
    const { ledger, rebuildUntil } = owner
    const isContiguous = first <= ledger.next && last - first === batch.length - 1
    // This also applies during a rebuild: the mapping delivers the remaining lines.
    if (last >= ledger.next && isContiguous) await owner.publish(ledger.stage(batch, last + 1))
    else await owner.catchUp(Math.max(last + 1, rebuildUntil ?? 0))
    if (owner.ledger.next <= last) throw this.#endedEarly(last)
    await owner.finishRebuild()
  }

  /** A newly elected leader may not return the batch's last record yet. */
  #endedEarly(last: number): AppError {
    const { cluster, partition } = this.#options
    return new AppError(
      'KAFKA_UNAVAILABLE',
      `${cluster.topics.books}[${partition}] could be read only up to offset ${this.#owner.ledger.next}, but the batch ends at offset ${last}. The batch must be delivered again.`,
      { retryable: true },
    )
  }
}
