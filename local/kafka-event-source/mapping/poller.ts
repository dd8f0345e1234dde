import type { LogRecord } from '../../../kafka/records/record.ts'
import type { RecordInMemory } from '../../../lambda/packed-event.ts'
import type { Batch } from '../batch/batch.ts'
import type { EventEnvelope } from '../batch/event-envelope.ts'
import { FormingBatch, maxEventBytes } from '../batch/forming-batch.ts'
import type { GiveUpCondition } from '../batch/progress.ts'
import { flushAt } from '../batch/window.ts'
import type { RecordFilter } from '../filter/record-filter.ts'
import type { Clock } from './clock.ts'
import type { Counters } from './counters.ts'

/** `value` is the input of filters. A record with `refused` is never delivered. */
export type PolledRecord = RecordInMemory & Pick<LogRecord, 'value'> & { readonly refused?: GiveUpCondition }

export type RecordSource = {
  readonly partition: number
  readonly position: number
  /** Returns the next record, which is valid until the next call. */
  peek(): PolledRecord | undefined
  take(): void
}

export type PollerSettings = {
  readonly batchSize: number
  readonly windowMs: number
  readonly filter: RecordFilter | undefined
  readonly isProvisioned: boolean
  /** Maximum number of concurrent batches; each partition is in at most one. */
  readonly maxBatches: number
}

export type PollerDeps = {
  readonly clock: Clock
  readonly counters: Counters
  readonly envelope: EventEnvelope
  /** Read for each batch, so that a change applies to the next batch. */
  settings(): PollerSettings
  deliver(batch: Batch, aborted: AbortSignal): Promise<void>
  /** Gives up a record that exceeds the event limit or that its source refuses. */
  discard(batch: Batch, condition: GiveUpCondition, aborted: AbortSignal): Promise<void>
  /** Reports that all records below these offsets are done. */
  commit(offsets: ReadonlyMap<number, number>): void
  /** Reports records that are corrupt or have an unknown compression. */
  unreadable(partition: number, error: unknown): void
  /** Reports that buffers may have space for more records. */
  consumed(): void
}

/** `full`: no more records fit. `all`: no more are available. `more`: the turn ended first. */
type Filled = 'full' | 'all' | 'more'

/** Takes under 0.5 ms. */
const recordsPerTurn = 500
/** Maximum time to fill a batch without a window, over several turns. */
const longestFillMs = 100

type Assigned = {
  readonly source: RecordSource
  /** True while a batch with records of this partition runs; it is in no other batch until then. */
  isBusy: boolean
  /** When the last such batch ended, which starts the partition's next batching window. */
  freeSince: number
}

/**
 * Polls, filters, batches and invokes (blog "Improving throughput of serverless streaming workloads for Kafka"). Forms
 * one batch at a time, from all partitions without a running batch. Runs up to `maxBatches` batches concurrently. Low
 * traffic gives one batch of several partitions; a backlog gives several batches.
 */
export class Poller {
  readonly #deps: PollerDeps
  readonly #running = new Set<Promise<void>>()
  #assigned: Assigned[] = []
  #aborting = new AbortController()
  #forming: FormingBatch | undefined
  #firstRecordAt: number | undefined
  #windowFrom = 0
  #lastFormedAt = 0
  #left = 0
  #cancelTimer: () => void = () => undefined

  constructor(deps: PollerDeps) {
    this.#deps = deps
  }

  assign(sources: readonly RecordSource[]): void {
    const now = this.#deps.clock.now()
    this.#aborting = new AbortController()
    this.#lastFormedAt = now
    this.#assigned = sources.map((source) => ({ source, isBusy: false, freeSince: now }))
    this.poll()
  }

  /** Starts no new batch; resolves when none runs. The next owner of the partitions reads undelivered records again. */
  async revoke(): Promise<void> {
    this.#aborting.abort()
    this.#assigned = []
    this.#forming = undefined
    this.#firstRecordAt = undefined
    this.#cancelTimer()
    await Promise.all(this.#running)
  }

  /** Call when new records are available. */
  poll(): void {
    this.#cancelTimer()
    if (this.#assigned.length > 0) this.#takeTurn()
    this.#deps.consumed()
  }

  /**
   * Reads at most `recordsPerTurn` records, then yields to the event loop. Otherwise the previous batch would wait to
   * be sent to its container.
   */
  #takeTurn(): void {
    const { clock } = this.#deps
    const filled = this.#fill()
    const at = this.#running.size < this.#maxBatches() ? this.#flushAt(filled) : undefined
    if (at !== undefined && at <= clock.now()) this.#flush()
    else if (filled !== 'more') {
      if (at !== undefined) this.#cancelTimer = clock.after(at - clock.now(), () => this.poll())
      return
    }
    this.#cancelTimer = clock.soon(() => this.poll())
  }

  #maxBatches(): number {
    return Math.min(this.#assigned.length, this.#deps.settings().maxBatches)
  }

  #fill(): Filled {
    this.#left = recordsPerTurn
    for (const assigned of this.#assigned) {
      if (assigned.isBusy) continue
      const filled = this.#fillFrom(assigned)
      if (filled !== 'all') return filled
    }
    return 'all'
  }

  #fillFrom(assigned: Assigned): Filled {
    const { source } = assigned
    const { partition } = source
    const { counters } = this.#deps
    const { filter } = this.#deps.settings()
    const forming = this.#formingBatch()
    for (let record = this.#peek(source); record !== undefined; record = this.#peek(source)) {
      if (this.#left-- === 0) {
        if (!forming.has(partition)) this.#passOver(assigned)
        return 'more'
      }
      if (record.refused !== undefined) {
        // Delivers the partition's earlier records first, so that its offsets are committed in order.
        if (forming.has(partition)) return 'full'
        this.#discard(assigned, record, record.refused)
        return 'all'
      }
      if (filter !== undefined && !filter(record.value)) {
        source.take()
        counters.PolledEventCount++
        counters.FilteredOutEventCount++
        continue
      }
      const added = forming.add(partition, record)
      if (added === 'no-room') return 'full'
      if (added === 'too-large') {
        this.#discard(assigned, record, 'MaximumPayloadSizeExceeded')
        return 'all'
      }
      source.take()
      counters.PolledEventCount++
      this.#noteFirst(assigned)
    }
    if (forming.has(partition)) forming.advance(partition, source.position)
    else this.#deps.commit(new Map([[partition, source.position]]))
    return forming.isFull ? 'full' : 'all'
  }

  #discard(assigned: Assigned, record: PolledRecord, condition: GiveUpCondition): void {
    const { counters, discard, envelope } = this.#deps
    const batch = FormingBatch.ofOne(envelope, assigned.source.partition, record)
    assigned.source.take()
    counters.PolledEventCount++
    this.#run(batch, [assigned], (one, aborted) => discard(one, condition, aborted))
  }

  /** Moves a partition to the end after a turn in which the filter rejected all its records. */
  #passOver(assigned: Assigned): void {
    const { partition, position } = assigned.source
    this.#deps.commit(new Map([[partition, position]]))
    this.#assigned = [...this.#assigned.filter((other) => other !== assigned), assigned]
  }

  /** Returns undefined at unreadable records. The partition waits, because later records must not overtake them. */
  #peek(source: RecordSource): PolledRecord | undefined {
    try {
      return source.peek()
    } catch (error) {
      this.#deps.unreadable(source.partition, error)
      return undefined
    }
  }

  /** Replaces an empty batch, so that changed limits apply. */
  #formingBatch(): FormingBatch {
    if (this.#forming === undefined || this.#forming.size === 0) {
      const { envelope, settings } = this.#deps
      const limits = { batchSize: settings().batchSize, eventBytes: maxEventBytes }
      this.#forming = new FormingBatch(envelope, limits)
    }
    return this.#forming
  }

  #noteFirst({ freeSince }: Assigned): void {
    if (this.#firstRecordAt !== undefined) return
    this.#firstRecordAt = this.#deps.clock.now()
    this.#windowFrom = this.#deps.settings().isProvisioned ? this.#lastFormedAt : freeSince
  }

  #flushAt(filled: Filled): number | undefined {
    const { windowMs } = this.#deps.settings()
    const at = flushAt({
      size: this.#forming?.size ?? 0,
      isFull: filled === 'full',
      firstRecordAt: this.#firstRecordAt,
      windowFrom: this.#windowFrom,
      windowMs,
    })
    // Without a window, one batch has all available records. With a strict filter, filling needs a time limit.
    return at !== undefined && filled === 'more' && windowMs === 0 ? at + longestFillMs : at
  }

  #flush(): void {
    const batch = this.#forming!.batch()
    this.#forming = undefined
    this.#firstRecordAt = undefined
    this.#lastFormedAt = this.#deps.clock.now()
    const partitions = new Set(batch.parts.map(({ partition }) => partition))
    const assigned = this.#assigned.filter(({ source }) => partitions.has(source.partition))
    this.#run(batch, assigned, this.#deps.deliver)
    // Partitions without a running batch come first in the next turn.
    this.#assigned.sort((a, b) => Number(a.isBusy) - Number(b.isBusy))
  }

  #run(batch: Batch, assigned: readonly Assigned[], deliver: PollerDeps['deliver']): void {
    for (const one of assigned) one.isBusy = true
    const running = deliver(batch, this.#aborting.signal).then(() => {
      this.#running.delete(running)
      for (const one of assigned) {
        one.isBusy = false
        one.freeSince = this.#deps.clock.now()
      }
      this.poll()
    })
    this.#running.add(running)
  }
}
