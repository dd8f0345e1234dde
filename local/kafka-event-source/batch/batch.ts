import { type PackedEvent, packedJson } from '../../../lambda/packed-event.ts'
import type { PackedRecords } from '../../../lambda/packed-records.ts'
import { countBefore } from '../../../lib/binary-search.ts'
import type { EventEnvelope } from './event-envelope.ts'

/** Records of one partition, in offset order. */
export type BatchPart = {
  readonly partition: number
  readonly offsets: readonly number[]
  readonly timestamps: readonly number[]
  readonly records: PackedRecords
  /** Next offset, past filtered records and markers. */
  readonly next: number
}

/** Records that are delivered together. Each record has an index across all parts. */
export class EventBatch {
  readonly parts: readonly BatchPart[]
  readonly size: number
  readonly #envelope: EventEnvelope
  /** First index of each part. */
  readonly #starts: readonly number[]

  constructor(envelope: EventEnvelope, parts: readonly BatchPart[]) {
    this.#envelope = envelope
    this.parts = parts
    const starts: number[] = []
    let size = 0
    for (const part of parts) {
      starts.push(size)
      size += part.offsets.length
    }
    this.#starts = starts
    this.size = size
  }

  get topic(): string {
    return this.#envelope.topic
  }

  indexes(): number[] {
    const indexes: number[] = []
    for (let index = 0; index < this.size; index++) indexes.push(index)
    return indexes
  }

  partOf(index: number): BatchPart {
    return this.parts[this.#partNumber(index)]!
  }

  offsetOf(index: number): number {
    const number = this.#partNumber(index)
    return this.parts[number]!.offsets[index - this.#starts[number]!]!
  }

  timestampOf(index: number): number {
    const number = this.#partNumber(index)
    return this.parts[number]!.timestamps[index - this.#starts[number]!]!
  }

  indexOf(partition: number, offset: number): number | undefined {
    const number = this.parts.findIndex((part) => part.partition === partition)
    const offsets = this.parts[number]?.offsets ?? []
    const place = countBefore(offsets, (other) => other < offset)
    return offsets[place] === offset ? this.#starts[number]! + place : undefined
  }

  /** Returns the first and last index of each partition. `indexes` must be in order. */
  rangesOf(indexes: readonly number[]): { partition: number; first: number; last: number }[] {
    return this.parts.flatMap(({ partition, offsets }, number) => {
      const start = this.#starts[number]!
      const from = countBefore(indexes, (index) => index < start)
      const to = countBefore(indexes, (index) => index < start + offsets.length)
      return from === to ? [] : { partition, first: indexes[from]!, last: indexes[to - 1]! }
    })
  }

  /** Event JSON. `indexes` must be in order. */
  event(indexes: readonly number[]): Buffer {
    return packedJson(this.packed(indexes))
  }

  /** The buffers share this batch's memory. */
  packed(indexes: readonly number[]): PackedEvent {
    const { source, topic } = this.#envelope
    const partitions: { partition: number; bytes: number }[] = []
    const body: Buffer[] = []
    for (let i = 0; i < indexes.length; ) {
      const number = this.#partNumber(indexes[i]!)
      const { partition, records, offsets } = this.parts[number]!
      const start = this.#starts[number]!
      let bytes = 0
      while (i < indexes.length && indexes[i]! < start + offsets.length) {
        const first = indexes[i]! - start
        let end = first + 1
        i++
        while (i < indexes.length && indexes[i]! === start + end && end < offsets.length) {
          end++
          i++
        }
        for (const piece of records.slice(first, end)) {
          body.push(piece)
          bytes += piece.length
        }
      }
      partitions.push({ partition, bytes })
    }
    return { head: { source, topic, partitions }, body }
  }

  #partNumber(index: number): number {
    let number = 0
    while (number + 1 < this.#starts.length && this.#starts[number + 1]! <= index) number++
    return number
  }
}
