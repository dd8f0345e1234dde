import type { EventSource } from '../../../lib/packed-event.ts'

/** What is around the records of an event, and how many bytes of its JSON that is. */
export class EventEnvelope {
  readonly source: EventSource
  readonly topic: string
  /** Without any records. */
  readonly bytes: number
  /** What a partition's records took in the batch before: room to begin the next one with. */
  usualBytes = 4_096

  constructor(source: EventSource, topic: string) {
    this.source = source
    this.topic = topic
    this.bytes = Buffer.byteLength(JSON.stringify({ ...source, records: {} }))
  }

  /** What a partition adds to its records; the comma before it too, unless it is the first. */
  partitionBytes(partition: number, isFirst: boolean): number {
    const name = JSON.stringify(`${this.topic}-${partition}`)
    return Buffer.byteLength(name) + ':[]'.length + (isFirst ? 0 : 1)
  }
}
