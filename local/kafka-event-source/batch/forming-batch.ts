import { PackedReader } from '../../../lambda/packed-reader.ts'
import { PackedRecords, type RecordInMemory } from '../../../lambda/packed-records.ts'
import { type BatchPart, EventBatch } from './batch.ts'
import type { EventEnvelope } from './event-envelope.ts'
import { RecordSizes } from './record-size.ts'

export type BatchLimits = {
  readonly batchSize: number
  readonly eventBytes: number
}

/** Lambda's limit on a synchronous event: 6 MB (page `gettingstarted-limits`). */
export const maxEventBytes = 6 * 1024 * 1024

const commaBytes = 1

/** `no-room`: send the batch first. `too-large`: no batch can hold the record. */
export type AddResult = 'taken' | 'no-room' | 'too-large'

type FormingPart = { -readonly [K in keyof BatchPart]: BatchPart[K] } & {
  offsets: number[]
  timestamps: number[]
}

export class FormingBatch {
  readonly #envelope: EventEnvelope
  readonly #limits: BatchLimits
  readonly #sizes: RecordSizes
  readonly #parts = new Map<number, FormingPart>()
  #size = 0
  /** An upper limit of the size of the event's JSON, or the exact size once the limit exceeded `eventBytes`. */
  #bytes: number
  #isExact = false

  constructor(envelope: EventEnvelope, limits: BatchLimits) {
    this.#envelope = envelope
    this.#limits = limits
    this.#sizes = new RecordSizes(envelope.topic)
    this.#bytes = envelope.bytes
  }

  /** The record can have any size. */
  static ofOne(envelope: EventEnvelope, partition: number, record: RecordInMemory): EventBatch {
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

  add(partition: number, record: RecordInMemory): AddResult {
    if (this.isFull) return 'no-room'
    const known = this.#parts.get(partition)
    const bytes = this.#bytesWith(partition, record, known === undefined)
    if (bytes > this.#limits.eventBytes) return this.#size === 0 ? 'too-large' : 'no-room'
    const part = known ?? { partition, offsets: [], timestamps: [], records: new PackedRecords(), next: 0 }
    part.records.append(record)
    part.offsets.push(record.offset)
    part.timestamps.push(record.timestamp)
    part.next = record.offset + 1
    if (known === undefined) this.#parts.set(partition, part)
    this.#bytes = bytes
    this.#size++
    return 'taken'
  }

  advance(partition: number, next: number): void {
    const part = this.#parts.get(partition)
    if (part !== undefined) part.next = Math.max(part.next, next)
  }

  batch(): EventBatch {
    return new EventBatch(this.#envelope, [...this.#parts.values()])
  }

  #bytesWith(partition: number, record: RecordInMemory, opensPart: boolean): number {
    const opening = opensPart ? this.#envelope.partitionBytes(partition, this.#parts.size === 0) : commaBytes
    if (!this.#isExact) {
      const atMost = this.#bytes + opening + this.#sizes.atMost(record)
      if (atMost <= this.#limits.eventBytes) return atMost
      this.#isExact = true
      this.#bytes = this.#exactBytes()
    }
    return this.#bytes + opening + this.#sizes.of(partition, record)
  }

  #exactBytes(): number {
    let bytes = this.#envelope.bytes
    let isFirst = true
    for (const { partition, offsets, records } of this.#parts.values()) {
      bytes += this.#envelope.partitionBytes(partition, isFirst) + commaBytes * (offsets.length - 1)
      isFirst = false
      const packed = Buffer.concat(records.slice())
      const reader = new PackedReader(packed)
      while (reader.next(packed.length)) {
        const { offset, timestamp, timestampType, metadata: schemaMetadata, fields } = reader
        const record = { offset, timestamp, timestampType, bytes: packed, from: fields.at, schemaMetadata }
        bytes += this.#sizes.of(partition, record)
      }
    }
    return bytes
  }
}
