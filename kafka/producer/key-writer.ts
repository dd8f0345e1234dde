import { type BatchRecord, headersField, keyField, noHeaders } from '../records/batch-writer.ts'
import { DeliveryTracker } from './delivery-tracker.ts'

/** Implemented by `Producer`. */
export type RecordSink = {
  /** Copies the record; false when the buffer is full. @throws the producer's fatal error, RECORD_TOO_LARGE */
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
  /** -1 without a header. */
  #headerBytes = -1

  constructor(sink: RecordSink, key: Buffer | null, partition: number, headerName = '') {
    this.#sink = sink
    this.#key = keyField(key)
    this.#partition = partition
    this.#headerName = headerName
  }

  /**
   * As `RecordSink.offer`.
   * @param from with `to`: the used part of `value`
   */
  offer(value: Buffer | null, header?: Buffer, from = 0, to = value?.length ?? 0): boolean {
    const headers = header === undefined ? noHeaders : this.#headersWith(header)
    return this.#sink.offer(this.#tracker, this.#partition, { key: this.#key, value, headers, from, to })
  }

  room(): Promise<void> {
    return this.#sink.room()
  }

  /**
   * Resolves when all queued records are acknowledged.
   * @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING, RECORD_TOO_LARGE
   */
  async acknowledged(): Promise<void> {
    await this.#tracker.delivered()
    const failure = this.#tracker.takeFailure()
    if (failure !== undefined) throw failure
  }

  /** Overwrites the previous value when the lengths are equal. */
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
