import type { RawRecord } from './kafka-event.ts'

const utf8 = (text: string): Buffer => Buffer.from(text)
const base64Alphabet = utf8('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const [comma, quote, closeBrace, closeBracket, equals, zero] = [...utf8(',"}]=0')] as [
  number,
  number,
  number,
  number,
  number,
  number,
]
const timestampPart = utf8(',"timestamp":')
const timestampTypeParts = {
  CREATE_TIME: utf8(',"timestampType":"CREATE_TIME"'),
  LOG_APPEND_TIME: utf8(',"timestampType":"LOG_APPEND_TIME"'),
}
const keyPart = utf8(',"key":"')
const valuePart = utf8(',"value":"')
const headersPart = utf8(',"headers":[')
const numberDigits = 16

/** Up to this many bytes a loop of ours is quicker than a call to the runtime's encoder. */
const shortBytes = 192

/**
 * The records of one partition as event JSON, separated by commas, written straight into bytes: 0.3 µs a record of a
 * book's line, a fifth of what joining strings takes. `ends[i]` is where record i ends, so that a batch can be cut and
 * its size is known as it grows.
 */
export class RecordsJson {
  readonly ends: number[] = []
  readonly #prefix: Buffer
  readonly #headerParts = new Map<string, Buffer>()
  #bytes: Buffer
  #at = 0
  /** What the last record has for its key, and where that stands. */
  #sameType: RawRecord['timestampType'] | undefined
  #sameKey: Buffer | null = null
  #sameFrom = 0
  #sameTo = 0

  constructor(topic: string, partition: number, capacity = 4_096) {
    this.#prefix = utf8(`{"topic":${JSON.stringify(topic)},"partition":${partition},"offset":`)
    this.#bytes = Buffer.allocUnsafe(capacity)
  }

  get length(): number {
    return this.#at
  }

  /** From record `first` up to, not including, record `end`. The memory is this object's: read it, don't keep it. */
  slice(first = 0, end = this.ends.length): Buffer {
    if (first >= end) return this.#bytes.subarray(0, 0)
    const start = first === 0 ? 0 : this.ends[first - 1]! + 1
    return this.#bytes.subarray(start, this.ends[end - 1]!)
  }

  append(record: RawRecord): void {
    this.#reserve(this.#maxSize(record))
    if (this.#at > 0) this.#bytes[this.#at++] = comma
    this.#put(this.#prefix)
    this.#putNumber(record.offset)
    this.#put(timestampPart)
    this.#putNumber(record.timestamp)
    this.#putTypeAndKey(record)
    this.#putBase64(valuePart, record.value)
    this.#putHeaders(record.headers)
    this.#bytes[this.#at++] = closeBrace
    this.ends.push(this.#at)
  }

  removeLast(): void {
    this.ends.pop()
    this.#at = this.ends.at(-1) ?? 0
    this.#sameKey = null
  }

  #maxSize(record: RawRecord): number {
    const base64 = ((record.key?.length ?? 0) + (record.value?.length ?? 0)) * (4 / 3) + 8
    let size = this.#prefix.length + base64 + 2 * numberDigits + 120
    for (const [name, value] of record.headers) size += this.#headerPart(name).length + 4 * value.length + 3
    return Math.ceil(size)
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return
    const grown = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + size))
    this.#bytes.copy(grown, 0, 0, this.#at)
    this.#bytes = grown
  }

  #put(part: Buffer): void {
    const bytes = this.#bytes
    let at = this.#at
    for (let i = 0; i < part.length; i++) bytes[at++] = part[i]!
    this.#at = at
  }

  /** A whole number from 0 to 2^53; anything else (Kafka's timestamp -1: none) the slow way. */
  #putNumber(value: number): void {
    if (value < 0) {
      this.#put(utf8(String(value)))
      return
    }
    let digits = 1
    for (let power = 10; power <= value; power *= 10) digits++
    let at = this.#at + digits
    this.#at = at
    let rest = value
    for (; digits > 9; digits--) {
      const tens = Math.floor(rest / 10)
      this.#bytes[--at] = zero + (rest - tens * 10)
      rest = tens
    }
    for (let small = rest | 0; digits > 0; digits--) {
      const tens = (small / 10) | 0
      this.#bytes[--at] = zero + (small - tens * 10)
      small = tens
    }
  }

  /** Neighbouring records mostly share their key, and the memory it is in: what was written for it is copied then. */
  #putTypeAndKey({ timestampType, key }: RawRecord): void {
    const same = this.#sameType === timestampType && this.#sameKey === key && key !== null
    const start = this.#at
    if (same) {
      this.#bytes.copyWithin(start, this.#sameFrom, this.#sameTo)
      this.#at += this.#sameTo - this.#sameFrom
    } else {
      this.#put(timestampTypeParts[timestampType])
      this.#putBase64(keyPart, key)
    }
    this.#sameType = timestampType
    this.#sameKey = key
    this.#sameFrom = start
    this.#sameTo = this.#at
  }

  #putBase64(part: Buffer, value: Buffer | null): void {
    if (value === null) return
    this.#put(part)
    if (value.length > shortBytes) this.#at += this.#bytes.write(value.toString('base64'), this.#at, 'latin1')
    else this.#putShortBase64(value)
    this.#bytes[this.#at++] = quote
  }

  #putShortBase64(value: Buffer): void {
    const bytes = this.#bytes
    const { length } = value
    let at = this.#at
    let i = 0
    for (; i + 2 < length; i += 3) {
      const bits = (value[i]! << 16) | (value[i + 1]! << 8) | value[i + 2]!
      bytes[at++] = base64Alphabet[bits >> 18]!
      bytes[at++] = base64Alphabet[(bits >> 12) & 63]!
      bytes[at++] = base64Alphabet[(bits >> 6) & 63]!
      bytes[at++] = base64Alphabet[bits & 63]!
    }
    if (i < length) {
      const two = i + 1 < length
      const bits = (value[i]! << 16) | (two ? value[i + 1]! << 8 : 0)
      bytes[at++] = base64Alphabet[bits >> 18]!
      bytes[at++] = base64Alphabet[(bits >> 12) & 63]!
      bytes[at++] = two ? base64Alphabet[(bits >> 6) & 63]! : equals
      bytes[at++] = equals
    }
    this.#at = at
  }

  #putHeaders(headers: RawRecord['headers']): void {
    this.#put(headersPart)
    for (let i = 0; i < headers.length; i++) {
      const [name, value] = headers[i]!
      if (i > 0) this.#bytes[this.#at++] = comma
      this.#put(this.#headerPart(name))
      this.#putByteNumbers(value)
      this.#bytes[this.#at++] = closeBracket
      this.#bytes[this.#at++] = closeBrace
    }
    this.#bytes[this.#at++] = closeBracket
  }

  #putByteNumbers(value: Buffer): void {
    const bytes = this.#bytes
    let at = this.#at
    for (let i = 0; i < value.length; i++) {
      if (i > 0) bytes[at++] = comma
      const byte = value[i]!
      if (byte > 99) bytes[at++] = zero + ((byte / 100) | 0)
      if (byte > 9) bytes[at++] = zero + (((byte / 10) | 0) % 10)
      bytes[at++] = zero + (byte % 10)
    }
    this.#at = at
  }

  /** `{"name":[`, kept: a topic's records have the same few names. */
  #headerPart(name: string): Buffer {
    let part = this.#headerParts.get(name)
    if (part === undefined) {
      part = utf8(`{${JSON.stringify(name)}:[`)
      if (this.#headerParts.size < 1_000) this.#headerParts.set(name, part)
    }
    return part
  }
}
