/**
 * Reads the JSON of a Kafka event without creating objects.
 * @throws OtherShape for white space, escapes, or another order of fields than Lambda's
 */
import { type EventCursor, OtherShape } from './event-cursor.ts'

/** Longer numbers may exceed the safe integers. */
const maxDigits = 15
const [quote, comma, minus, zero] = [0x22, 0x2c, 0x2d, 0x30]
const [backslash, closeBracket, openBrace, closeBrace] = [0x5c, 0x5d, 0x7b, 0x7d]

const text = (characters: string) => Buffer.from(characters, 'latin1')
const begin = {
  list: text(':['),
  topic: text('{"topic":"'),
  partition: text(',"partition":'),
  offset: text(',"offset":'),
  timestamp: text(',"timestamp":'),
  timestampType: text(',"timestampType":"'),
  key: text(',"key":'),
  value: text(',"value":'),
  headers: text(',"headers":['),
} as const
const nothing = text('null')

type Part = { readonly from: number; readonly to: number }
const none: Part = { from: 0, to: 0 }

export class JsonCursor implements EventCursor {
  topic = ''
  partition = 0
  offset = 0
  timestamp = 0
  key: string | undefined
  isNull = false
  header: ArrayLike<number> | undefined
  readonly #bytes: Buffer
  readonly #headerName: Buffer
  readonly #numbers: number[] = []
  #at: number
  #isFirst = true
  readonly #words: DataView
  /** Text that the next record mostly repeats: up to the offset, and from the timestamp's end to the value. */
  #beforeOffset: Part = none
  #beforeValue: Part = none

  /**
   * @param bytes the whole event in ASCII
   * @param at the position after the brace of `records`
   */
  constructor(bytes: Buffer, at: number, headerName: string) {
    // Without escapes, a string ends at the next quote.
    if (bytes.includes(backslash)) throw new OtherShape()
    this.#bytes = bytes
    this.#words = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.#at = at
    this.#headerName = Buffer.from(headerName)
  }

  nextList(): boolean {
    if (this.#takes(closeBrace)) return this.#end()
    if (!this.#isFirst) this.#expectByte(comma)
    this.#expectByte(quote)
    this.#skipString()
    this.#expect(begin.list)
    this.#isFirst = true
    return true
  }

  next(): boolean {
    if (this.#takes(closeBracket)) {
      this.#isFirst = false
      return false
    }
    if (!this.#isFirst) this.#expectByte(comma)
    this.#isFirst = false
    this.#readTopicAndPartition()
    this.offset = this.#number()
    this.#expect(begin.timestamp)
    this.timestamp = this.#number()
    if (this.#repeats(this.#beforeValue)) this.#skipValue()
    else this.#readKeyAndValue()
    this.#expect(begin.headers)
    this.#readHeaders()
    this.#expectByte(closeBrace)
    return true
  }

  #end(): false {
    this.#expectByte(closeBrace)
    if (this.#at < this.#bytes.length) throw new OtherShape()
    return false
  }

  #readTopicAndPartition(): void {
    if (this.#repeats(this.#beforeOffset)) return
    const from = this.#at
    this.#expect(begin.topic)
    this.topic = this.#string()
    this.#expect(begin.partition)
    this.partition = this.#number()
    this.#expect(begin.offset)
    this.#beforeOffset = { from, to: this.#at }
  }

  #readKeyAndValue(): void {
    const from = this.#at
    this.#expect(begin.timestampType)
    this.#skipString()
    this.key = this.#takesField(begin.key) ? this.#string() : undefined
    this.isNull = !this.#takesField(begin.value)
    const isTypical = this.key !== undefined && !this.isNull
    this.#beforeValue = isTypical ? { from, to: this.#at } : none
    if (!this.isNull) this.#skipValue()
  }

  /** Returns whether the field is present and not null. Moves past its first quote. */
  #takesField(name: Uint8Array): boolean {
    if (!this.#has(name)) return false
    this.#at += name.length
    if (this.#has(nothing)) {
      this.#at += nothing.length
      return false
    }
    this.#expectByte(quote)
    return true
  }

  #skipValue(): void {
    const end = this.#bytes.indexOf(quote, this.#at)
    if (end < 0) throw new OtherShape()
    this.#at = end + 1
  }

  /** Moves past the part, if the text repeats it here. */
  #repeats({ from, to }: Part): boolean {
    const words = this.#words
    const start = this.#at
    const length = to - from
    if (length === 0 || start + length > words.byteLength) return false
    let i = 0
    for (; i + 4 <= length; i += 4)
      if (words.getInt32(from + i, true) !== words.getInt32(start + i, true)) return false
    for (; i < length; i++) if (words.getUint8(from + i) !== words.getUint8(start + i)) return false
    this.#at = start + length
    return true
  }

  #readHeaders(): void {
    this.header = undefined
    if (this.#takes(closeBracket)) return
    do {
      this.#expectByte(openBrace)
      this.#expectByte(quote)
      const isWanted = this.header === undefined && this.#has(this.#headerName)
      const from = this.#at
      this.#skipString()
      const hasName = isWanted && this.#at - 1 - from === this.#headerName.length
      this.#expect(begin.list)
      if (hasName) {
        this.#readNumbers(this.#numbers)
        this.header = this.#numbers
      } else this.#readNumbers([])
      this.#expectByte(closeBrace)
    } while (this.#takes(comma))
    this.#expectByte(closeBracket)
  }

  #readNumbers(numbers: number[]): void {
    let length = 0
    if (!this.#takes(closeBracket)) {
      do numbers[length++] = this.#number()
      while (this.#takes(comma))
      this.#expectByte(closeBracket)
    }
    numbers.length = length
  }

  #number(): number {
    const bytes = this.#bytes
    const isNegative = this.#takes(minus)
    const start = this.#at
    let at = start
    let number = 0
    for (let digit = bytes[at]! - zero; digit >= 0 && digit <= 9; digit = bytes[++at]! - zero)
      number = number * 10 + digit
    if (at === start || at - start > maxDigits) throw new OtherShape()
    this.#at = at
    return isNegative ? -number : number
  }

  /** Reads a string from after its opening quote. */
  #string(): string {
    const from = this.#at
    this.#skipString()
    return this.#bytes.toString('latin1', from, this.#at - 1)
  }

  #skipString(): void {
    const bytes = this.#bytes
    let at = this.#at
    while (bytes[at] !== quote) if (++at >= bytes.length) throw new OtherShape()
    this.#at = at + 1
  }

  #has(part: Uint8Array): boolean {
    const bytes = this.#bytes
    const at = this.#at
    for (let i = 0; i < part.length; i++) if (bytes[at + i] !== part[i]) return false
    return true
  }

  #takes(byte: number): boolean {
    if (this.#bytes[this.#at] !== byte) return false
    this.#at++
    return true
  }

  #expect(part: Uint8Array): void {
    if (!this.#has(part)) throw new OtherShape()
    this.#at += part.length
  }

  #expectByte(byte: number): void {
    if (!this.#takes(byte)) throw new OtherShape()
  }
}
