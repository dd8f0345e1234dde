/**
 * Splits bytes into lines. A line ends with `\n`, `\r\n` or a lone `\r`, as in Python's text mode and Kafka's console
 * producer. A last line without a line end counts; an empty stream has no lines. Lines are bytes and are not decoded.
 */
const lineFeed = 0x0a
const carriageReturn = 0x0d

export class LineSplitter {
  /** The position of the line yielded last, in bytes. */
  lineStart: number
  #next: number
  #pieces: Buffer[] = []
  #pending = 0
  #afterCarriageReturn = false

  /** @param position of the first byte in the whole stream; must be the beginning of a line */
  constructor(position = 0) {
    this.lineStart = position
    this.#next = position
  }

  /** Buffered bytes of the unfinished line. The caller must limit them. */
  get pending(): number {
    return this.#pending
  }

  /** Yields the lines that end in this chunk. They share its memory, except a line that began in an earlier chunk. */
  *split(chunk: Buffer): Generator<Buffer, void> {
    let start = this.#skipLineFeed(chunk)
    for (let end = lineEnd(chunk, start); end >= 0; end = lineEnd(chunk, start)) {
      const begun = this.#pending - start
      const line = this.#take(chunk.subarray(start, end))
      start = end + 1
      if (chunk[end] === carriageReturn) {
        if (chunk[start] === lineFeed) start++
        else this.#afterCarriageReturn = start === chunk.length
      }
      this.#advance(begun + start)
      yield line
    }
    if (start < chunk.length) this.#keep(chunk.subarray(start))
  }

  /** Yields the last line if it has no line end. */
  *finish(): Generator<Buffer, void> {
    if (this.#pending === 0) return
    this.#advance(this.#pending)
    yield this.#take(Buffer.alloc(0))
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

  #take(last: Buffer): Buffer {
    if (this.#pending === 0) return last
    const line = Buffer.concat([...this.#pieces, last])
    this.#pieces = []
    this.#pending = 0
    return line
  }
}

function lineEnd(chunk: Buffer, from: number): number {
  for (let i = from; i < chunk.length; i++) {
    const byte = chunk[i]!
    if (byte <= carriageReturn && (byte === lineFeed || byte === carriageReturn)) return i
  }
  return -1
}
