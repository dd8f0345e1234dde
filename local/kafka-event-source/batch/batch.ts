import { type PackedEvent, type PackedRecords, packedJson } from '../../../lambda/packed-event.ts'
import type { EventEnvelope } from './event-envelope.ts'

/** The records of one partition in a batch, in offset order. */
export type BatchPart = {
  readonly partition: number
  readonly offsets: readonly number[]
  readonly timestamps: readonly number[]
  readonly records: PackedRecords
  /** Next offset, past filtered records and markers. Committed when all records of this part are done. */
  readonly next: number
}

/** Records that are delivered together. A record's place is its index across all parts. */
export class Batch {
  readonly parts: readonly BatchPart[]
  readonly size: number
  readonly #envelope: EventEnvelope
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

  places(): number[] {
    return Array.from({ length: this.size }, (_, place) => place)
  }

  partOf(place: number): BatchPart {
    return this.parts[this.#partIndex(place)]!
  }

  offsetOf(place: number): number {
    const index = this.#partIndex(place)
    return this.parts[index]!.offsets[place - this.#starts[index]!]!
  }

  timestampOf(place: number): number {
    const index = this.#partIndex(place)
    return this.parts[index]!.timestamps[place - this.#starts[index]!]!
  }

  /** Returns the place of a record in this batch, if any. */
  find(partition: number, offset: number): number | undefined {
    const index = this.parts.findIndex((part) => part.partition === partition)
    const offsets = this.parts[index]?.offsets ?? []
    let [low, high] = [0, offsets.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if (offsets[middle]! < offset) low = middle + 1
      else high = middle
    }
    return offsets[low] === offset ? this.#starts[index]! + low : undefined
  }

  /** Returns the event with these records as JSON. `places` must be in order. */
  event(places: readonly number[]): Buffer {
    return packedJson(this.packed(places))
  }

  /** As `event`, packed for a container. The buffers share this batch's memory. */
  packed(places: readonly number[]): PackedEvent {
    const { source, topic } = this.#envelope
    const partitions: { partition: number; bytes: number }[] = []
    const body: Buffer[] = []
    for (let i = 0; i < places.length; ) {
      const index = this.#partIndex(places[i]!)
      const { partition, records, offsets } = this.parts[index]!
      const start = this.#starts[index]!
      let bytes = 0
      while (i < places.length && places[i]! < start + offsets.length) {
        const first = places[i]! - start
        let end = first + 1
        i++
        while (i < places.length && places[i]! === start + end && end < offsets.length) {
          end++
          i++
        }
        const piece = records.slice(first, end)
        body.push(piece)
        bytes += piece.length
      }
      partitions.push({ partition, bytes })
    }
    return { head: { source, topic, partitions }, body }
  }

  #partIndex(place: number): number {
    let index = 0
    while (index + 1 < this.#starts.length && this.#starts[index + 1]! <= place) index++
    return index
  }
}
