import type { LogRecord } from '../../../kafka/records/record.ts'
import type { RecordInMemory } from '../../../lib/packed-event.ts'
import type { Batch } from '../batch/batch.ts'
import type { EventEnvelope } from '../batch/event-envelope.ts'
import { FormingBatch, maxEventBytes } from '../batch/forming-batch.ts'
import type { GiveUpCondition } from '../batch/progress.ts'
import { flushAt } from '../batch/window.ts'
import type { RecordFilter } from '../filter/record-filter.ts'
import type { Clock } from './clock.ts'
import type { Counters } from './counters.ts'

/** `value` is what filters see; a record with `refused` is never delivered. */
export type PolledRecord = RecordInMemory & Pick<LogRecord, 'value'> & { readonly refused?: GiveUpCondition }

/** Where records come from: `PartitionQueue`. */
export type RecordSource = {
  readonly partition: number
  readonly position: number
  /** Valid until another one is peeked at. */
  peek(): PolledRecord | undefined
  take(): void
}

export type PollerSettings = {
  readonly batchSize: number
  readonly windowMs: number
  readonly filter: RecordFilter | undefined
  readonly isProvisioned: boolean
  /** Batches at once; one of each partition at most in any case. */
  readonly maxBatches: number
}

export type PollerDeps = {
  readonly clock: Clock
  readonly counters: Counters
  readonly envelope: EventEnvelope
  /** Read for each batch, so that a change counts from the next one on. */
  settings(): PollerSettings
  deliver(batch: Batch, aborted: AbortSignal): Promise<void>
  /** For a record that is larger than an event can be, or that its source refuses. */
  discard(batch: Batch, condition: GiveUpCondition, aborted: AbortSignal): Promise<void>
  /** Everything of the partition before this offset is done. */
  commit(offsets: ReadonlyMap<number, number>): void
  /** The bytes of these records make no sense, or are compressed in an unknown way. */
  unreadable(partition: number, error: unknown): void
  /** There may be room for more records. */
  consumed(): void
}

/** The batch can take no more; there is no more; or there may be, for the next turn. */
type Filled = 'full' | 'all' | 'more'

/** Under half a millisecond of work. */
const recordsPerTurn = 500
/** How long a batch without a window is filled at most, in the turns that it takes. */
const longestFillMs = 100

type Assigned = {
  readonly source: RecordSource
  /** A batch with records of this partition is under way: until it ends there is no other. */
  isBusy: boolean
  /** When the last such batch ended; the partition's next batching window begins there. */
  freeSince: number
}

/**
 * Poll, filter, batch, invoke (blog "Improving throughput of serverless streaming workloads for Kafka"). One batch is
 * gathered at a time, from every partition that has no batch under way; as many are under way as there are pollers. So
 * little traffic comes as one batch of several partitions, and a backlog as several batches at once.
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

  /** Nothing new starts; resolves when nothing runs. What was gathered is read again by whoever is next. */
  async revoke(): Promise<void> {
    this.#aborting.abort()
    this.#assigned = []
    this.#forming = undefined
    this.#firstRecordAt = undefined
    this.#cancelTimer()
    await Promise.all(this.#running)
  }

  /** Call when records have come. */
  poll(): void {
    this.#cancelTimer()
    if (this.#assigned.length > 0) this.#takeTurn()
    this.#deps.consumed()
  }

  /**
   * Takes some records only, and goes on after other work of this process: most of all after the batch before has
   * gone out, which its container waits for.
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

  /** Takes what is there into the batch, as much as one turn may. */
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
        // What was taken of this partition goes first, so that its offsets are committed in order.
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

  /** Of a turn's records none was for the function: others come first in the next turn. */
  #passOver(assigned: Assigned): void {
    const { partition, position } = assigned.source
    this.#deps.commit(new Map([[partition, position]]))
    this.#assigned = [...this.#assigned.filter((other) => other !== assigned), assigned]
  }

  /** Nothing after records that cannot be read may be delivered before them: the partition waits. */
  #peek(source: RecordSource): PolledRecord | undefined {
    try {
      return source.peek()
    } catch (error) {
      this.#deps.unreadable(source.partition, error)
      return undefined
    }
  }

  /** One that has no record yet may still get other limits. */
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
    // Without a window, what is there goes together; but there may be no end of it, where a filter lets little through.
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
    // Partitions that were passed over come first next time.
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
