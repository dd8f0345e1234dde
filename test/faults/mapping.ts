/**
 * Simulates an event source mapping as far as Lambda allows: delivers every record at least once, but repeats batches,
 * skips ahead, leaves gaps, and selects containers at random.
 */

import { openCluster } from '../../books/cluster.ts'
import { Admin } from '../../kafka/admin.ts'
import type { Cluster } from '../../kafka/cluster/cluster.ts'
import { LogReader } from '../../kafka/consumer/log-reader.ts'
import type { LogRecord } from '../../kafka/records/record.ts'
import { encodeEvent, encodeRecord } from '../../lambda/kafka-event.ts'
import type { Random } from '../harness/random.ts'
import { readRecords } from '../harness/records.ts'

export class SimulatedMapping {
  readonly #topic: string
  readonly #brokers: string
  readonly #random: Random
  readonly #cluster: Cluster
  readonly #admin: Admin
  readonly #reader: LogReader
  /** The next offset to deliver, by partition. */
  readonly #positions: number[]

  constructor(brokers: string, topic: string, partitions: number, random: Random) {
    this.#topic = topic
    this.#brokers = brokers
    this.#random = random
    this.#cluster = openCluster({ brokers: brokers.split(',') })
    this.#admin = new Admin(this.#cluster)
    this.#reader = new LogReader(this.#cluster, 'read_uncommitted')
    this.#positions = Array<number>(partitions).fill(0)
  }

  /** An event that a mapping could deliver now; undefined if there are no new records. */
  async nextEvent(): Promise<MappedEvent | undefined> {
    const ends = await this.#admin.offsets(this.#topic)
    const waiting = ends.filter(({ partition, end }) => end > this.#positions[partition]!)
    const chosen = waiting.filter(() => this.#random.chance(0.6))
    const lists = new Map<string, readonly string[]>()
    const after = new Map<number, number>()
    for (const { partition } of chosen.length > 0 ? chosen : waiting.slice(0, 1)) {
      const records = await this.#batch(partition)
      if (records.length === 0) continue
      lists.set(`${this.#topic}-${partition}`, this.#encode(partition, records))
      after.set(partition, records.at(-1)!.offset + 1)
    }
    return lists.size === 0 ? undefined : { json: this.#event(lists), after }
  }

  /** An event with the last record of every partition, so that all earlier records are counted. */
  async lastEvent(): Promise<MappedEvent | undefined> {
    const lists = new Map<string, readonly string[]>()
    for (const { partition, start, end } of await this.#admin.offsets(this.#topic)) {
      if (end === start) continue
      const records = await readRecords(this.#reader, this.#topic, partition, Math.max(start, end - 20))
      lists.set(`${this.#topic}-${partition}`, this.#encode(partition, records.slice(-1)))
    }
    return lists.size === 0 ? undefined : { json: this.#event(lists), after: new Map() }
  }

  /** Moves the positions past a counted event. */
  delivered({ after }: MappedEvent): void {
    for (const [partition, position] of after) this.#positions[partition] = position
  }

  close(): void {
    this.#cluster.close()
  }

  async #batch(partition: number): Promise<readonly LogRecord[]> {
    const random = this.#random
    const size = 1 + random.below(random.of([5, 100, 1500]))
    const position = this.#positions[partition]!
    const from = random.chance(0.15)
      ? Math.max(0, position - random.below(200))
      : random.chance(0.1)
        ? position + random.below(200)
        : position
    const { end } = await this.#admin.partitionOffsets(this.#topic, partition)
    const records = await readRecords(this.#reader, this.#topic, partition, Math.min(from, end - 1), size)
    const batch = records.slice(0, size)
    return random.chance(0.15) ? batch.filter((_, i) => i === 0 || random.chance(0.9)) : batch
  }

  #encode(partition: number, records: readonly LogRecord[]): readonly string[] {
    return records.map((record) => encodeRecord(this.#topic, partition, record))
  }

  #event(lists: ReadonlyMap<string, readonly string[]>): string {
    return encodeEvent({ eventSource: 'SelfManagedKafka', bootstrapServers: this.#brokers }, lists)
  }
}

/** `after` has the offsets that follow the event, by partition. */
export type MappedEvent = { readonly json: string; readonly after: ReadonlyMap<number, number> }
