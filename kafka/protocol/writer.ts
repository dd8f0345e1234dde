/** See `ProtocolReader`. */
export class ProtocolWriter {
  readonly #isFlexible: boolean
  readonly #parts: Buffer[] = []

  constructor(isFlexible = false) {
    this.#isFlexible = isFlexible
  }

  get parts(): readonly Buffer[] {
    return this.#parts
  }

  get buffer(): Buffer {
    return Buffer.concat(this.#parts)
  }

  int8(number: number): this {
    return this.#add(1, (part) => part.writeInt8(number))
  }

  boolean(value: boolean): this {
    return this.int8(Number(value))
  }

  int16(number: number): this {
    return this.#add(2, (part) => part.writeInt16BE(number))
  }

  int32(number: number): this {
    return this.#add(4, (part) => part.writeInt32BE(number))
  }

  int64(number: bigint | number): this {
    return this.#add(8, (part) => part.writeBigInt64BE(BigInt(number)))
  }

  /** Writes the zero UUID, because requests name topics. */
  noUuid(): this {
    return this.#add(16, () => undefined)
  }

  string(text: string | null): this {
    const bytes = text === null ? null : Buffer.from(text)
    if (this.#isFlexible) this.#unsignedVarint((bytes?.length ?? -1) + 1)
    else this.int16(bytes?.length ?? -1)
    if (bytes !== null) this.#parts.push(bytes)
    return this
  }

  /** The bytes must not change until the request is sent. */
  bytes(bytes: Buffer | null): this {
    if (this.#isFlexible) this.#unsignedVarint((bytes?.length ?? -1) + 1)
    else this.int32(bytes?.length ?? -1)
    if (bytes !== null) this.#parts.push(bytes)
    return this
  }

  /** Some requests define null as "all". */
  array<T>(items: readonly T[] | null, write: (item: T) => unknown = () => undefined): this {
    const length = items?.length ?? -1
    if (this.#isFlexible) this.#unsignedVarint(length + 1)
    else this.int32(length)
    for (const item of items ?? []) write(item)
    return this
  }

  structures<T>(items: readonly T[] | null, write: (item: T) => unknown): this {
    return this.array(items, (item) => {
      write(item)
      this.noTags()
    })
  }

  noTags(): this {
    return this.#isFlexible ? this.int8(0) : this
  }

  #unsignedVarint(number: number): void {
    const bytes: number[] = []
    let rest = number
    for (; rest >= 0x80; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80)
    bytes.push(rest)
    this.#parts.push(Buffer.from(bytes))
  }

  #add(bytes: number, write: (part: Buffer) => unknown): this {
    const part = Buffer.alloc(bytes)
    write(part)
    this.#parts.push(part)
    return this
  }
}
