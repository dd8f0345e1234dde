import { type BatchRecord, headersField, keyField, noHeaders } from '../records/batch-writer.ts'
import { DeliveryTracker } from './delivery-tracker.ts'

export type RecordSink = {
  /** Copies the record. Returns false when the buffer is full. @throws the producer's fatal error; RECORD_TOO_LARGE */
  offer(tracker: DeliveryTracker, partition: number, record: BatchRecord): boolean
  room(): Promise<void>
}

/** Writes records of one key in order, with one header or none. */
export class KeyWriter {
  readonly #sink: RecordSink
  readonly #partition: number
  readonly #tracker = new DeliveryTracker()
  readonly #key: Buffer
  readonly #headerName: string
  #headers = noHeaders
  /** Length of the header's value; -1 without a header. */
  #headerBytes = -1

  constructor(sink: RecordSink, key: Buffer | null, partition: number, headerName = '') {
    this.#sink = sink
    this.#key = keyField(key)
    this.#partition = partition
    this.#headerName = headerName
  }

  /** Like `RecordSink.offer`. Writes `value` from position `from` to `to`. */
  offer(value: Buffer | null, header?: Buffer, from = 0, to = value?.length ?? 0): boolean {
    const headers = header === undefined ? noHeaders : this.#headersWith(header)
    return this.#sink.offer(this.#tracker, this.#partition, { key: this.#key, value, headers, from, to })
  }

  room(): Promise<void> {
    return this.#sink.room()
  }

  /** @throws the first failure: KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING, RECORD_TOO_LARGE */
  async acknowledged(): Promise<void> {
    await this.#tracker.delivered()
    const failure = this.#tracker.takeFailure()
    if (failure !== undefined) throw failure
  }

  #headersWith(header: Buffer): Buffer {
    if (header.length === this.#headerBytes) {
      this.#headers.set(header, this.#headers.length - header.length)
    } else {
      this.#headers = headersField([[this.#headerName, header]])
      this.#headerBytes = header.length
    }
    return this.#headers
  }
}
