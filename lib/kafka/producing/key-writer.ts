import { lineHeaderName } from '../../line-header.ts'
import type { LineProducer } from '../producer.ts'
import { headersField, keyField, noHeaders } from '../wire/record-batch.ts'
import { Origin } from './origin.ts'

/** The header's value follows it, since a value's length takes one byte. */
const headersWithoutValue = headersField([[lineHeaderName, Buffer.alloc(0)]])

/** Writes records of one key, with the header of a line or without. */
export class KeyWriter {
  readonly #producer: LineProducer
  readonly #partition: number
  readonly #origin = new Origin()
  readonly #key: Buffer
  #headers = noHeaders

  constructor(producer: LineProducer, key: Buffer | null, partition: number) {
    this.#producer = producer
    this.#key = keyField(key)
    this.#partition = partition
  }

  /** As `LineProducer.offer`. */
  offer(value: Buffer | null, header?: Buffer): boolean {
    const headers = header === undefined ? noHeaders : this.#headersWith(header)
    return this.#producer.offer(this.#origin, this.#partition, { key: this.#key, value, headers })
  }

  room(): Promise<void> {
    return this.#producer.room()
  }

  /** Resolves when everything taken is acknowledged. @throws KAFKA_UNAVAILABLE, KAFKA_REFUSED, TOPIC_MISSING, LINE_TOO_LONG */
  async acknowledged(): Promise<void> {
    await this.#origin.settled()
    const failure = this.#origin.takeFailure()
    if (failure !== undefined) throw failure
  }

  /** In the same memory as long as headers have the same length, which they nearly always have. */
  #headersWith(header: Buffer): Buffer {
    const at = headersWithoutValue.length
    if (this.#headers.length === at + header.length) this.#headers.set(header, at)
    else this.#headers = headersField([[lineHeaderName, header]])
    return this.#headers
  }
}
