/**
 * Splits bytes into lines, which end with `\n`, `\r\n` or a lone `\r`, as in Python's text mode and Kafka's console
 * producer. A last line without a line end counts; an empty stream has no lines.
 */
import { lineEnds, searchedBytes } from './line-ends.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const none = { bytes: Buffer.alloc(0), ends: new Int32Array(0) } as const

/** A cursor: `add` sets the next chunk, and `next` moves to each of its lines. */
export class LineSplitter {
  /** The line that `next` moved to is `bytes` from `from` to `to`. Shares the memory of its chunk. */
  bytes: Buffer = none.bytes
  from = 0
  to = 0
  /** Its position in the whole stream, in bytes. */
  lineStart: number
  #next: number
  #pieces: Buffer[] = []
  #pending = 0
  #afterCarriageReturn = false
  #chunk: Buffer = none.bytes
  #start = 0
  /** The line ends of the part being searched, and the positions of this part. */
  #ends: Int32Array = none.ends
  #end = 0
  #partStart = 0
  #partEnd = 0

  /** @param position of the first byte in the whole stream; must be the start of a line */
  constructor(position = 0) {
    this.lineStart = position
    this.#next = position
  }

  /** Buffered bytes of the unfinished line. The caller must limit them. */
  get pending(): number {
    return this.#pending
  }

  /** Call it after `next` has returned false. */
  add(chunk: Buffer): void {
    this.#chunk = chunk
    this.#start = this.#skipLineFeed(chunk)
    this.#ends = none.ends
    this.#end = 0
    this.#partEnd = 0
  }

  /** Moves to the next line that ends in the chunk. Returns false after the last one. */
  next(): boolean {
    for (;;) {
      if (this.#end < this.#ends.length) {
        const end = this.#partStart + this.#ends[this.#end++]!
        // Not the `\n` of a `\r\n`.
        if (end >= this.#start) {
          this.#moveTo(end)
          return true
        }
      } else if (!this.#search()) return false
    }
  }

  /** Moves to the last line, if it has no line end. */
  end(): boolean {
    if (this.#pending === 0) return false
    this.#advance(this.#pending)
    this.#take(none.bytes, 0, 0)
    return true
  }

  /** Yields views of the chunk; a line that began in an earlier chunk is a copy. */
  *split(chunk: Buffer): Generator<Buffer, void> {
    this.add(chunk)
    while (this.next()) yield this.#line
  }

  /** Yields the last line if it has no line end. */
  *finish(): Generator<Buffer, void> {
    if (this.end()) yield this.#line
  }

  get #line(): Buffer {
    return this.bytes.subarray(this.from, this.to)
  }

  /** Finds line ends in the next part of the chunk. At its end keeps the unfinished line and returns false. */
  #search(): boolean {
    const chunk = this.#chunk
    if (this.#partEnd >= chunk.length) {
      if (this.#start < chunk.length) this.#keep(chunk.subarray(this.#start))
      this.#chunk = none.bytes
      this.#start = 0
      this.#partEnd = 0
      return false
    }
    this.#partStart = this.#partEnd
    this.#partEnd = Math.min(this.#partStart + searchedBytes, chunk.length)
    this.#ends = lineEnds(chunk.subarray(this.#partStart, this.#partEnd))
    this.#end = 0
    return true
  }

  #moveTo(end: number): void {
    const chunk = this.#chunk
    const begun = this.#pending - this.#start
    this.#take(chunk, this.#start, end)
    let start = end + 1
    if (chunk[end] === carriageReturn) {
      if (chunk[start] === lineFeed) start++
      else this.#afterCarriageReturn = start === chunk.length
    }
    this.#start = start
    this.#advance(begun + start)
  }

  /** Skips the `\n` of a `\r\n` that is split between two chunks. */
  #skipLineFeed(chunk: Buffer): 0 | 1 {
    if (!this.#afterCarriageReturn || chunk.length === 0) return 0
    this.#afterCarriageReturn = false
    if (chunk[0] !== lineFeed) return 0
    this.#next++
    return 1
  }

  #advance(bytes: number): void {
    this.lineStart = this.#next
    this.#next += bytes
  }

  #keep(piece: Buffer): void {
    this.#pieces.push(piece)
    this.#pending += piece.length
  }

  #take(last: Buffer, from: number, to: number): void {
    if (this.#pending === 0) {
      this.bytes = last
      this.from = from
      this.to = to
      return
    }
    this.bytes = Buffer.concat([...this.#pieces, last.subarray(from, to)])
    this.from = 0
    this.to = this.bytes.length
    this.#pieces = []
    this.#pending = 0
  }
}
