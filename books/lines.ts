/**
 * Splits bytes at `\n`, `\r\n` or a lone `\r`, like Python's text mode and Kafka's console producer. The last line
 * needs no line end.
 */
import { lineEnds, searchedBytes } from './line-ends.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const none = { bytes: Buffer.alloc(0), ends: new Int32Array(0) } as const

/** `add` sets a chunk, and `next` moves to each of its lines. */
export class LineSplitter {
  /** The current line: `bytes` between `from` and `to`. */
  bytes: Buffer = none.bytes
  from = 0
  to = 0
  /** The current line's byte position in the stream. */
  lineStart: number
  #next: number
  #pieces: Buffer[] = []
  #pending = 0
  #afterCarriageReturn = false
  #chunk: Buffer = none.bytes
  #start = 0
  /** Line ends from `#partStart` to `#partEnd`. */
  #ends: Int32Array = none.ends
  #end = 0
  #partStart = 0
  #partEnd = 0

  /** @param position the start of a line in the stream */
  constructor(position = 0) {
    this.lineStart = position
    this.#next = position
  }

  /** The number of buffered bytes, which the caller must limit. */
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

  /** Returns false after the chunk's last complete line. */
  next(): boolean {
    for (;;) {
      if (this.#end < this.#ends.length) {
        const end = this.#partStart + this.#ends[this.#end++]!
        // The `\n` of a `\r\n` lies before `#start`.
        if (end >= this.#start) {
          this.#moveTo(end)
          return true
        }
      } else if (!this.#search()) return false
    }
  }

  /** Moves to the last line if it has no line end. */
  end(): boolean {
    if (this.#pending === 0) return false
    this.#advance(this.#pending)
    this.#take(none.bytes, 0, 0)
    return true
  }

  /** Yields views, or copies of lines that span chunks. */
  *split(chunk: Buffer): Generator<Buffer, void> {
    this.add(chunk)
    while (this.next()) yield this.#line
  }

  *finish(): Generator<Buffer, void> {
    if (this.end()) yield this.#line
  }

  get #line(): Buffer {
    return this.bytes.subarray(this.from, this.to)
  }

  /** Searches the next part of the chunk. After the last part, keeps the unfinished line. */
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

  /** Skips the `\n` of a `\r\n` that is split between chunks. */
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
