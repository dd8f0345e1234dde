import { encodeEvent, type KafkaEvent } from '../../../lib/kafka-event.ts'

export type EventSource = Pick<KafkaEvent, 'eventSource' | 'eventSourceArn' | 'bootstrapServers'>

/** What is around the records of an event: its text, and how many bytes that is. */
export class EventEnvelope {
  readonly topic: string
  readonly #head: Buffer
  readonly #tail: Buffer
  /** What a partition's records took in the batch before: room to begin the next one with. */
  usualBytes = 4_096

  constructor(source: EventSource, topic: string) {
    this.topic = topic
    const text = encodeEvent(source, new Map())
    const cut = text.lastIndexOf('}}')
    this.#head = Buffer.from(text.slice(0, cut))
    this.#tail = Buffer.from(text.slice(cut))
  }

  /** Without any records. */
  get bytes(): number {
    return this.#head.length + this.#tail.length
  }

  /** What a partition adds to its records; the comma before it too, unless it is the first. */
  partitionBytes(partition: number, isFirst: boolean): number {
    return this.#opening(partition).length + closing.length + (isFirst ? 0 : comma.length)
  }

  /** The event in pieces, from each partition's records in JSON. */
  pieces(records: readonly (readonly [partition: number, json: readonly Buffer[]])[]): Buffer[] {
    const pieces: Buffer[] = [this.#head]
    records.forEach(([partition, json], i) => {
      if (i > 0) pieces.push(comma)
      pieces.push(this.#opening(partition))
      json.forEach((piece, j) => {
        if (j > 0) pieces.push(comma)
        pieces.push(piece)
      })
      pieces.push(closing)
    })
    pieces.push(this.#tail)
    return pieces
  }

  #opening(partition: number): Buffer {
    return Buffer.from(`${JSON.stringify(`${this.topic}-${partition}`)}:[`)
  }
}

const comma = Buffer.from(',')
const closing = Buffer.from(']')
