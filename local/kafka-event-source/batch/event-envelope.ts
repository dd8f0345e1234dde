import type { EventSource } from '../../../lambda/packed-event.ts'

export class EventEnvelope {
  readonly source: EventSource
  readonly topic: string
  /** Size without records. */
  readonly bytes: number

  constructor(source: EventSource, topic: string) {
    this.source = source
    this.topic = topic
    this.bytes = Buffer.byteLength(JSON.stringify({ ...source, records: {} }))
  }

  /** Bytes around a partition's records, with a leading comma except for the first. */
  partitionBytes(partition: number, isFirst: boolean): number {
    const name = JSON.stringify(`${this.topic}-${partition}`)
    return Buffer.byteLength(name) + ':[]'.length + (isFirst ? 0 : 1)
  }
}
