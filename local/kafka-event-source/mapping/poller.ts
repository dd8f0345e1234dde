import type { Clock } from '../batch/clock.ts'
import type { DiscardCondition } from '../batch/discarded-records.ts'
import type { EventEnvelope } from '../batch/event-envelope.ts'
import { FormingBatch, maxEventBytes } from '../batch/forming-batch.ts'
import type { PolledRecord, RecordSource } from '../batch/record-source.ts'
import { flushAt } from '../batch/window.ts'
import type { RecordFilter } from '../filter/record-filter.ts'
import type { BatchDelivery } from './batch-delivery.ts'
import type { Committer } from './committer.ts'
import type { MappingStatus } from './mapping-status.ts'

export type PollerSettings = {
  readonly batchSize: number
  readonly windowMs: number
  readonly filter: RecordFilter | undefined
  readonly isProvisioned: boolean
  readonly maxConcurrentBatches: number
}

export type PollerDeps = {
  readonly clock: Clock
  readonly envelope: EventEnvelope
  readonly status: Pick<MappingStatus, 'counters' | 'unreadable'>
  readonly delivery: Pick<BatchDelivery, 'deliver' | 'discard'>
  readonly committer: Pick<Committer, 'commit'>
  /** Called in each turn, because settings can change. */
  settings(): PollerSettings
}

/** `full`: no more records fit. `all`: no more records are available. `more`: the turn ended before either. */
type FillResult = 'full' | 'all' | 'more'

const recordsPerTurn = 500
/** Time limit for filling a batch without a window. */
const maxFillMs = 100

type PolledPartition = {
  readonly source: RecordSource
  /** True while a batch with records of this partition runs. */
  isBusy: boolean
  /** Stops the partition, because later records must not overtake an unreadable one. */
  isUnreadable: boolean
  /** End of the last batch, which starts the next batching window. */
  lastBatchEndedAt: number
}

/**
 * Polls, filters, batches and invokes (blog "Improving throughput of serverless streaming workloads for Kafka").
 * Forms one batch at a time, from all partitions without a running batch.
 */
export class Poller {
  readonly #deps: PollerDeps
  readonly #running = new Set<Promise<void>>()
  readonly #stopping = new AbortController()
  #settings: PollerSettings
  #partitions: PolledPartition[] = []
  #refill: () => void = () => undefined
  #forming: FormingBatch | undefined
  #firstRecordAt: number | undefined
  #windowFrom = 0
  #lastFormedAt = 0
  #remaining = 0
  #cancelTimer: () => void = () => undefined

  constructor(deps: PollerDeps) {
    this.#deps = deps
    this.#settings = deps.settings()
  }

  /** Calls `refill` when buffers may have space for more records. */
  start(sources: readonly RecordSource[], refill: () => void): void {
    const now = this.#deps.clock.now()
    this.#refill = refill
    this.#lastFormedAt = now
    this.#partitions = sources.map((source) => ({
      source,
      isBusy: false,
      isUnreadable: false,
      lastBatchEndedAt: now,
    }))
    this.poll()
  }

  /** Starts no new batch, and resolves when no batch runs. */
  async stop(): Promise<void> {
    this.#stopping.abort()
    this.#partitions = []
    this.#forming = undefined
    this.#cancelTimer()
    await Promise.all(this.#running)
  }

  /** Must be called when new records are available. */
  poll(): void {
    this.#cancelTimer()
    if (this.#partitions.length > 0) this.#takeTurn()
    this.#refill()
  }

  /** Yields to the event loop after `recordsPerTurn` records, so that the previous batch reaches its container. */
  #takeTurn(): void {
    const { clock, settings } = this.#deps
    this.#settings = settings()
    const filled = this.#fill()
    const at = this.#running.size < this.#maxConcurrentBatches() ? this.#flushAt(filled) : undefined
    if (at !== undefined && at <= clock.now()) this.#flush()
    else if (filled !== 'more') {
      if (at !== undefined) this.#cancelTimer = clock.after(at - clock.now(), () => this.poll())
      return
    }
    this.#cancelTimer = clock.soon(() => this.poll())
  }

  #maxConcurrentBatches(): number {
    return Math.min(this.#partitions.length, this.#settings.maxConcurrentBatches)
  }

  #fill(): FillResult {
    this.#remaining = recordsPerTurn
    for (const polled of this.#partitions) {
      if (polled.isBusy || polled.isUnreadable) continue
      const filled = this.#fillFrom(polled)
      if (filled !== 'all') return filled
    }
    return 'all'
  }

  #fillFrom(polled: PolledPartition): FillResult {
    const { source } = polled
    const { partition } = source
    const { committer, status } = this.#deps
    const { counters } = status
    const { filter } = this.#settings
    const forming = this.#formingBatch()
    for (let record = this.#peek(polled); record !== undefined; record = this.#peek(polled)) {
      if (this.#remaining-- === 0) {
        if (!forming.has(partition)) this.#moveToEnd(polled)
        return 'more'
      }
      if (record.discardCondition !== undefined) {
        // Delivers earlier records of the partition first, so that offsets are committed in order.
        if (forming.has(partition)) return 'full'
        this.#discard(polled, record, record.discardCondition)
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
        this.#discard(polled, record, 'MaximumPayloadSizeExceeded')
        return 'all'
      }
      source.take()
      counters.PolledEventCount++
      this.#startWindow(polled)
    }
    if (forming.has(partition)) forming.advance(partition, source.position)
    else committer.commit(new Map([[partition, source.position]]))
    return forming.isFull ? 'full' : 'all'
  }

  #discard(polled: PolledPartition, record: PolledRecord, condition: DiscardCondition): void {
    const { delivery, envelope, status } = this.#deps
    const batch = FormingBatch.ofOne(envelope, polled.source.partition, record)
    polled.source.take()
    status.counters.PolledEventCount++
    this.#run([polled], delivery.discard(batch, condition, this.#stopping.signal))
  }

  /** Moves a partition without an accepted record to the end. */
  #moveToEnd(polled: PolledPartition): void {
    const { partition, position } = polled.source
    this.#deps.committer.commit(new Map([[partition, position]]))
    this.#partitions = [...this.#partitions.filter((other) => other !== polled), polled]
  }

  #peek(polled: PolledPartition): PolledRecord | undefined {
    try {
      return polled.source.peek()
    } catch (error) {
      polled.isUnreadable = true
      this.#deps.status.unreadable(polled.source.partition, error)
      return undefined
    }
  }

  /** Replaces an empty batch, so that changed limits apply. */
  #formingBatch(): FormingBatch {
    if (this.#forming === undefined || this.#forming.size === 0) {
      const limits = { batchSize: this.#settings.batchSize, eventBytes: maxEventBytes }
      this.#forming = new FormingBatch(this.#deps.envelope, limits)
    }
    return this.#forming
  }

  #startWindow({ lastBatchEndedAt }: PolledPartition): void {
    if (this.#firstRecordAt !== undefined) return
    this.#firstRecordAt = this.#deps.clock.now()
    this.#windowFrom = this.#settings.isProvisioned ? this.#lastFormedAt : lastBatchEndedAt
  }

  #flushAt(filled: FillResult): number | undefined {
    const { windowMs } = this.#settings
    const at = flushAt({
      size: this.#forming?.size ?? 0,
      isFull: filled === 'full',
      firstRecordAt: this.#firstRecordAt,
      windowFrom: this.#windowFrom,
      windowMs,
    })
    // Without a window, filling a batch can take several turns.
    return at !== undefined && filled === 'more' && windowMs === 0 ? at + maxFillMs : at
  }

  #flush(): void {
    const batch = this.#forming!.batch()
    this.#forming = undefined
    this.#firstRecordAt = undefined
    this.#lastFormedAt = this.#deps.clock.now()
    const partitions = new Set(batch.parts.map(({ partition }) => partition))
    const polled = this.#partitions.filter(({ source }) => partitions.has(source.partition))
    this.#run(polled, this.#deps.delivery.deliver(batch, this.#stopping.signal))
    this.#partitions.sort((a, b) => Number(a.isBusy) - Number(b.isBusy))
  }

  #run(partitions: readonly PolledPartition[], delivering: Promise<void>): void {
    for (const partition of partitions) partition.isBusy = true
    const running = delivering.then(() => {
      this.#running.delete(running)
      for (const partition of partitions) {
        partition.isBusy = false
        partition.lastBatchEndedAt = this.#deps.clock.now()
      }
      this.poll()
    })
    this.#running.add(running)
  }
}
