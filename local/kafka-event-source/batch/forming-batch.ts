import { PackedRecords, type RecordInMemory } from '../../../lib/packed-event.ts'
import { Batch, type BatchPart } from './batch.ts'
import type { EventEnvelope } from './event-envelope.ts'
import { RecordSizes } from './record-size.ts'

export type BatchLimits = {
  /** Records at most. */
  readonly batchSize: number
  /** Bytes of event JSON at most. */
  readonly eventBytes: number
}

/** Lambda's limit on a synchronous event: 6 MB (page `gettingstarted-limits`); AWS cuts the batch there. */
export const maxEventBytes = 6 * 1024 * 1024

/** Records differ a little in length. */
const slackBytes = 4_096
const commaBytes = 1

/** `taken`; or `no-room`, the batch must go first; or `too-large`, no batch could ever take it. */
export type Added = 'taken' | 'no-room' | 'too-large'

type Part = { -readonly [K in keyof BatchPart]: BatchPart[K] } & { offsets: number[]; timestamps: number[] }

/** A batch that grows until one of its limits is met. */
export class FormingBatch {
  readonly #envelope: EventEnvelope
  readonly #limits: BatchLimits
  readonly #sizes: RecordSizes
  readonly #parts = new Map<number, Part>()
  #size = 0
  #bytes: number

  constructor(envelope: EventEnvelope, limits: BatchLimits) {
    this.#envelope = envelope
    this.#limits = limits
    this.#sizes = new RecordSizes(envelope.topic)
    this.#bytes = envelope.bytes
  }

  /** A batch of one record, however large. */
  static ofOne(envelope: EventEnvelope, partition: number, record: RecordInMemory): Batch {
    const forming = new FormingBatch(envelope, { batchSize: 1, eventBytes: Number.POSITIVE_INFINITY })
    forming.add(partition, record)
    return forming.batch()
  }

  get size(): number {
    return this.#size
  }

  get isFull(): boolean {
    return this.#size >= this.#limits.batchSize
  }

  has(partition: number): boolean {
    return this.#parts.has(partition)
  }

  add(partition: number, record: RecordInMemory): Added {
    if (this.isFull) return 'no-room'
    const known = this.#parts.get(partition)
    const opening =
      known === undefined ? this.#envelope.partitionBytes(partition, this.#parts.size === 0) : commaBytes
    const bytes = this.#bytes + opening + this.#sizes.of(partition, record)
    if (bytes > this.#limits.eventBytes) return this.#size === 0 ? 'too-large' : 'no-room'
    const part = known ?? this.#newPart(partition)
    part.records.append(record)
    part.offsets.push(record.offset)
    part.timestamps.push(record.timestamp)
    part.next = record.offset + 1
    this.#parts.set(partition, part)
    this.#bytes = bytes
    this.#size++
    return 'taken'
  }

  /** A partition that is in the batch has been read up to here, past records that are not for the function. */
  advance(partition: number, next: number): void {
    const part = this.#parts.get(partition)
    if (part !== undefined) part.next = Math.max(part.next, next)
  }

  batch(): Batch {
    const largest = Math.max(...[...this.#parts.values()].map(({ records }) => records.length))
    this.#envelope.usualBytes = Math.min(maxEventBytes, largest + slackBytes)
    return new Batch(this.#envelope, [...this.#parts.values()])
  }

  #newPart(partition: number): Part {
    const records = new PackedRecords(this.#envelope.usualBytes)
    return { partition, offsets: [], timestamps: [], records, next: 0 }
  }
}
