/**
 * Reads the fields of a response in order (Kafka protocol guide, "Protocol Primitive Types"). `isFlexible`:
 * compact lengths and tagged fields (KIP-482).
 */
export class ProtocolReader {
  /** The broker's throttle time (KIP-219). */
  throttleTimeMs = 0
  readonly #bytes: Buffer
  readonly #isFlexible: boolean
  #at: number

  constructor(bytes: Buffer, isFlexible = false, at = 0) {
    this.#bytes = bytes
    this.#isFlexible = isFlexible
    this.#at = at
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

  /** Exact up to 2^53. */
  int64(): number {
    const at = this.#skip(8)
    return this.#bytes.readInt32BE(at) * 0x1_0000_0000 + this.#bytes.readUInt32BE(at + 4)
  }

  bigInt64(): bigint {
    return this.#bytes.readBigInt64BE(this.#skip(8))
  }

  /** In base64url; empty for the zero UUID. */
  uuid(): string {
    const at = this.#skip(16)
    const bytes = this.#bytes.subarray(at, at + 16)
    return bytes.every((byte) => byte === 0) ? '' : bytes.toString('base64url')
  }

  string(): string | null {
    const length = this.#isFlexible ? this.#unsignedVarint() - 1 : this.int16()
    if (length < 0) return null
    const at = this.#skip(length)
    return this.#bytes.toString('utf8', at, at + length)
  }

  /** For strings that are never null. */
  text(): string {
    return this.string() ?? ''
  }

  /** Returns a view. */
  bytes(): Buffer | null {
    const length = this.#isFlexible ? this.#unsignedVarint() - 1 : this.int32()
    if (length < 0) return null
    const at = this.#skip(length)
    return this.#bytes.subarray(at, at + length)
  }

  array<T>(item: () => T): T[] {
    const length = this.#isFlexible ? this.#unsignedVarint() - 1 : this.int32()
    const items: T[] = []
    for (let i = 0; i < length; i++) items.push(item())
    return items
  }

  /** Each item ends with tagged fields. */
  structures<T>(item: () => T): T[] {
    return this.array(() => {
      const read = item()
      this.tags()
      return read
    })
  }

  /** Reads an array of topics, each with an array of partitions. */
  partitions<T>(item: (topic: string) => T): T[] {
    const topics = this.array(() => {
      const topic = this.text()
      return this.array(() => item(topic))
    })
    return topics.flat()
  }

  throttleTime(): void {
    this.throttleTimeMs = Math.max(0, this.int32())
  }

  tags(): void {
    if (!this.#isFlexible) return
    for (let count = this.#unsignedVarint(); count > 0; count--) {
      this.#unsignedVarint() // tag
      this.#skip(this.#unsignedVarint())
    }
  }

  #unsignedVarint(): number {
    let number = 0
    for (let shift = 0; ; shift += 7) {
      const byte = this.#bytes[this.#skip(1)]!
      number |= (byte & 0x7f) << shift
      if (byte < 0x80) return number >>> 0
    }
  }

  #skip(bytes: number): number {
    const at = this.#at
    this.#at += bytes
    if (this.#at > this.#bytes.length) throw new RangeError('the response ends before its last field')
    return at
  }
}
