/** Reads the fields of a broker's answer, in order (Kafka protocol, "Protocol Primitive Types"; no flexible versions). */
export class Answer {
  readonly #bytes: Buffer
  #at = 0

  constructor(bytes: Buffer) {
    this.#bytes = bytes
  }

  int8(): number {
    return this.#bytes.readInt8(this.#skip(1))
  }

  int16(): number {
    return this.#bytes.readInt16BE(this.#skip(2))
  }

  int32(): number {
    return this.#bytes.readInt32BE(this.#skip(4))
  }

  int64(): bigint {
    return this.#bytes.readBigInt64BE(this.#skip(8))
  }

  text(): string | null {
    const length = this.int16()
    return length < 0 ? null : this.#bytes.toString('utf8', this.#skip(length), this.#at)
  }

  bytes(): Buffer {
    const length = Math.max(0, this.int32())
    const start = this.#skip(length)
    return this.#bytes.subarray(start, start + length)
  }

  list<T>(item: () => T): T[] {
    return Array.from({ length: Math.max(0, this.int32()) }, item)
  }

  #skip(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    return at
  }
}
