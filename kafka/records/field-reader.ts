/** Reads a record's fields in order (Kafka documentation, "Record"). */
export class FieldReader {
  bytes: Buffer
  at: number

  constructor(bytes: Buffer = Buffer.alloc(0), at = 0) {
    this.bytes = bytes
    this.at = at
  }

  /** Reads a zigzag varint of up to 64 bits, exact to 2^53. */
  varint(): number {
    const { bytes } = this
    let byte = bytes[this.at++]!
    if (byte < 0x80) return (byte >>> 1) ^ -(byte & 1)
    let value = byte & 0x7f
    let factor = 0x80
    do {
      byte = bytes[this.at++]!
      value += (byte & 0x7f) * factor
      factor *= 0x80
    } while (byte >= 0x80)
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  /** Returns a view. */
  field(): Buffer | null {
    const length = this.skip()
    return length < 0 ? null : this.bytes.subarray(this.at - length, this.at)
  }

  /** Returns the field's length in bytes, or -1 for null. */
  skip(): number {
    const length = this.varint()
    if (length > 0) this.at += length
    return length
  }
}

/** Decodes a field once for consecutive records with equal bytes. */
export class RepeatedField<T> {
  readonly #make: (bytes: Buffer) => T
  #bytes: Buffer = Buffer.alloc(0)
  #made: T | undefined

  constructor(make: (bytes: Buffer) => T) {
    this.#make = make
  }

  next(fields: FieldReader): T | undefined {
    const length = fields.skip()
    if (length < 0) return undefined
    const { bytes, at } = fields
    if (this.#made === undefined || !this.#is(bytes, at - length, length)) {
      this.#bytes = Buffer.from(bytes.subarray(at - length, at))
      this.#made = this.#make(this.#bytes)
    }
    return this.#made
  }

  #is(bytes: Buffer, from: number, length: number): boolean {
    const known = this.#bytes
    if (known.length !== length) return false
    for (let i = 0; i < length; i++) if (known[i] !== bytes[from + i]) return false
    return true
  }
}
