import { BatchCounter } from '../../books/count/batch-counter.ts'
import type { Topology } from '../../books/count/cluster.ts'
import type { CountedRecord } from '../../books/count/ledger.ts'
import type { Counted, PartitionOptions } from '../../books/count/partition-owner.ts'
import { countedEvent } from '../../books/count/records.ts'
import type { KafkaEvent } from '../../lambda/kafka-event.ts'
import { AppError, throwAll } from '../../lib/errors.ts'
import type { Metrics, MetricValues } from '../../lib/metrics.ts'

export type EventCounterOptions = Omit<PartitionOptions, 'partition'> & { readonly metrics: Metrics }

type PartitionRecords = readonly [partition: number, records: readonly CountedRecord[]]

export class EventCounter {
  readonly #options: EventCounterOptions
  readonly #partitions = new Map<number, BatchCounter>()

  constructor(options: EventCounterOptions) {
    this.#options = options
  }

  /**
   * Resolves when every record is committed. Counts partitions in parallel; if one fails, the others stay committed.
   * @throws EVENT_INVALID, NOT_FROM_THIS_TOPIC before it counts anything; errors of `BatchCounter.count`
   */
  async count(event: KafkaEvent): Promise<void> {
    const { cluster, metrics } = this.#options
    const { partitions, oldest } = countedEvent(event, cluster.topics.books)
    const batches = [...partitions]
    if (batches.length === 0) return
    const counted: Counted[] = []
    try {
      await this.#countAll(batches, counted)
    } finally {
      // `BatchAge` shows how long a batch has been failing.
      metrics.put({ BatchAge: Date.now() - oldest, ...metricsOf(counted) })
    }
  }

  /** Idempotent. */
  close(): void {
    for (const partition of this.#partitions.values()) partition.release()
  }

  /** @param counted receives the successful results, even when others fail */
  async #countAll(batches: readonly PartitionRecords[], counted: Counted[]): Promise<void> {
    const { cluster, log } = this.#options
    const { books } = cluster.topics
    const topology = this.#topologyOf(batches)
    const results = await Promise.allSettled(
      batches.map(([partition, records]) => {
        const end = cluster.booksEnd(partition)
        const checked = Promise.allSettled([end, topology]).then(async () => {
          rejectUnknownOffsets([partition, records], await end, books)
          return topology
        })
        return this.#counterOf(partition).count(records, checked)
      }),
    )
    await topology
    const failures: unknown[] = []
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') {
        failures.push(result.reason)
        continue
      }
      const [partition, batch] = batches[i]!
      const [first, last] = [batch[0]!.offset, batch.at(-1)!.offset]
      log.info('Counted', { partition, first, last, ...result.value })
      counted.push(result.value)
    }
    throwAll(failures)
  }

  async #topologyOf(batches: readonly PartitionRecords[]): Promise<Topology> {
    const { cluster } = this.#options
    const topology = await cluster.topology()
    for (const [partition] of batches) rejectUnknownPartition(partition, topology, cluster.topics.books)
    return topology
  }

  #counterOf(partition: number): BatchCounter {
    let counter = this.#partitions.get(partition)
    if (counter === undefined) {
      counter = new BatchCounter({ partition, ...this.#options })
      this.#partitions.set(partition, counter)
    }
    return counter
  }
}

function rejectUnknownPartition(partition: number, topology: Topology, topic: string): void {
  if (partition >= 0 && partition < topology.partitions) return
  throw new AppError(
    'NOT_FROM_THIS_TOPIC',
    `The event has records of ${topic}[${partition}], but the topic has ${topology.partitions} partitions. Nothing was counted. To invoke the function manually, write an event of real records with "npm run books -- event count --from BOOK".`,
  )
}

/** A handwritten event can have offsets beyond the log's end. */
function rejectUnknownOffsets([partition, batch]: PartitionRecords, end: number, topic: string): void {
  const last = batch.at(-1)!.offset
  if (last < end) return
  throw new AppError(
    'NOT_FROM_THIS_TOPIC',
    `The batch ends at offset ${last} of ${topic}[${partition}], whose log ends at ${end}. These records are not from this topic, and nothing was counted. To invoke the function manually, write an event of real records with "npm run books -- event count --from BOOK".`,
  )
}

function metricsOf(counted: readonly Counted[]): MetricValues {
  const sum = (name: keyof Counted) => counted.reduce((total, partition) => total + partition[name], 0)
  return {
    LinesCounted: sum('lines'),
    UpdatesPublished: sum('updates'),
    BooksRemoved: sum('removals'),
    RecordsWithoutKey: sum('withoutKey'),
    RecordsWithLongKey: sum('withLongKey'),
    RecordsSkippedAhead: sum('skippedAhead'),
    RecordsIgnored: sum('ignored'),
    Takeovers: sum('takeovers'),
  }
}
