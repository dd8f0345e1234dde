import { type BatchRecord, headersField, keyField, noHeaders } from '../records/batch-writer.ts'
import type { NumberedRecords } from '../records/numbered-records.ts'
import { DeliveryTracker } from './delivery-tracker.ts'

export type RecordSink = {
  /** Copies the record. Returns false when the buffer is full. @throws the producer's fatal error; RECORD_TOO_LARGE */
  offer(tracker: DeliveryTracker, partition: number, record: BatchRecord): boolean
  /** Copies the first records. Returns how many, 0 when the buffer is full. @throws as `offer` */
  offerNumbered(tracker: DeliveryTracker, partition: number, numbered: NumberedRecords): number
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

  /** Like `RecordSink.offer`. */
  offer(value: Buffer | null, header?: Buffer): boolean {
    const headers = header === undefined ? noHeaders : this.#headersWith(header)
    return this.#sink.offer(this.#tracker, this.#partition, { key: this.#key, value, headers })
  }

  /**
   * Like `RecordSink.offerNumbered`. The values are parts of `bytes`, from start to end in pairs.
   * @param header of the first record. It ends with a decimal number, which each further record increments.
   */
  offerNumbered(bytes: Buffer, ranges: Int32Array, header: Buffer): number {
    const numbered = { key: this.#key, headers: this.#headersWith(header), bytes, ranges }
    return this.#sink.offerNumbered(this.#tracker, this.#partition, numbered)
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
