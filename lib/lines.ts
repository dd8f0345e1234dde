/**
 * Bytes to lines. A line ends with `\n`, `\r\n` or a lone `\r`, as in Python's text mode and Kafka's console producer;
 * a last line without an end is a line, and no bytes are no line. Nothing is decoded: a line is the bytes themselves.
 */
const lineFeed = 0x0a
const carriageReturn = 0x0d

export class LineSplitter {
  /** Where in the stream the line that was yielded last begins, in bytes. */
  lineStart: number
  #next: number
  #pieces: Buffer[] = []
  #pending = 0
  #afterCarriageReturn = false

  /** @param position of the first byte in a longer stream; it must be the beginning of a line */
  constructor(position = 0) {
    this.lineStart = position
    this.#next = position
  }

  /** Bytes of the line that is not finished yet: the caller bounds them. */
  get pending(): number {
    return this.#pending
  }

  /** The lines that end in this chunk. They share its memory, except for one that began in an earlier chunk. */
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

  /** The last line, if the stream did not end with a line end. */
  *finish(): Generator<Buffer, void> {
    if (this.#pending === 0) return
    this.#advance(this.#pending)
    yield this.#take(Buffer.alloc(0))
  }

  /** The second half of a `\r\n` that two chunks share. */
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

/** Where the next line end begins, or -1. */
function lineEnd(chunk: Buffer, from: number): number {
  for (let i = from; i < chunk.length; i++) {
    const byte = chunk[i]!
    if (byte <= carriageReturn && (byte === lineFeed || byte === carriageReturn)) return i
  }
  return -1
}
