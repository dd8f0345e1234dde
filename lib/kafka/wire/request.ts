/** A request's fields, in order (Kafka protocol, "Protocol Primitive Types"; no flexible versions). */
export class RequestBody {
  readonly #parts: Buffer[] = []

  get parts(): readonly Buffer[] {
    return this.#parts
  }

  int8(number: number): this {
    return this.#add(1, (part) => part.writeInt8(number))
  }

  int16(number: number): this {
    return this.#add(2, (part) => part.writeInt16BE(number))
  }

  int32(number: number): this {
    return this.#add(4, (part) => part.writeInt32BE(number))
  }

  int64(number: bigint): this {
    return this.#add(8, (part) => part.writeBigInt64BE(number))
  }

  text(text: string | null): this {
    if (text === null) return this.int16(-1)
    const bytes = Buffer.from(text)
    this.int16(bytes.length).#parts.push(bytes)
    return this
  }

  /** Sent as they are, not copied. */
  bytes(bytes: Buffer): this {
    this.int32(bytes.length).#parts.push(bytes)
    return this
  }

  list<T>(items: readonly T[], write: (item: T) => unknown): this {
    this.int32(items.length)
    for (const item of items) write(item)
    return this
  }

  #add(bytes: number, write: (part: Buffer) => unknown): this {
    const part = Buffer.alloc(bytes)
    write(part)
    this.#parts.push(part)
    return this
  }
}
