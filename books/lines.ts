/**
 * Splits bytes at `\n`, `\r\n` or a lone `\r`, like Python's text mode and Kafka's console producer. The last line
 * needs no line end.
 */
import { lineEnds, searchedBytes } from './line-ends.ts'

const lineFeed = 0x0a
const carriageReturn = 0x0d
const noBytes: Buffer = Buffer.alloc(0)

/** One or more consecutive lines. */
export type Lines = {
  readonly bytes: Buffer
  /** Start and end of each line in `bytes`, in pairs. */
  readonly ranges: Int32Array
  /** Position of `bytes` in the stream. */
  readonly position: number
}

/** `add` sets a chunk, and `next` returns its lines. */
export class LineSplitter {
  #chunk = noBytes
  /** The chunk's position in the stream. */
  #position: number
  /** The start of the unfinished line in the chunk. */
  #start = 0
  #searched = 0
  #pieces: Buffer[] = []
  #pending = 0
  #afterCarriageReturn = false
  readonly #found: Lines[] = []

  /** @param position the start of a line in the stream */
  constructor(position = 0) {
    this.#position = position
  }

  /** The number of buffered bytes, which the caller must limit. */
  get pending(): number {
    return this.#pending
  }

  /** Call it after `next` has returned undefined. */
  add(chunk: Buffer): void {
    this.#position += this.#chunk.length
    this.#chunk = chunk
    this.#start = this.#skippedLineFeed()
    this.#searched = 0
  }

  /** Returns undefined after the chunk's last complete line. */
  next(): Lines | undefined {
    while (this.#found.length === 0 && this.#searched < this.#chunk.length) this.#search()
    if (this.#found.length === 0) this.#keep()
    return this.#found.shift()
  }

  /** Returns the last line if it has no line end. */
  end(): Lines | undefined {
    this.add(noBytes)
    return this.#pending === 0 ? undefined : this.#finished(0)
  }

  /** Yields views, or copies of lines that span chunks. */
  *split(chunk: Buffer): Generator<Buffer, void> {
    this.add(chunk)
    for (let lines = this.next(); lines !== undefined; lines = this.next()) yield* views(lines)
  }

  *finish(): Generator<Buffer, void> {
    const last = this.end()
    if (last !== undefined) yield* views(last)
  }

  /** Finds the lines of the next part of the chunk. */
  #search(): void {
    const chunk = this.#chunk
    const from = this.#searched
    this.#searched = Math.min(from + searchedBytes, chunk.length)
    const ends = lineEnds(chunk.subarray(from, this.#searched))
    const ranges = new Int32Array(2 * ends.length)
    let length = 0
    for (const each of ends) {
      const end = from + each
      // The `\n` of a `\r\n` lies before `#start`.
      if (end < this.#start) continue
      if (this.#pending > 0) this.#found.push(this.#finished(end))
      else {
        ranges[length++] = this.#start
        ranges[length++] = end
      }
      this.#start = this.#nextStart(end)
    }
    if (length > 0)
      this.#found.push({ bytes: chunk, ranges: ranges.subarray(0, length), position: this.#position })
  }

  #nextStart(end: number): number {
    const chunk = this.#chunk
    const start = end + 1
    if (chunk[end] !== carriageReturn) return start
    if (chunk[start] === lineFeed) return start + 1
    this.#afterCarriageReturn = start === chunk.length
    return start
  }

  /** Skips the `\n` of a `\r\n` that is split between chunks. */
  #skippedLineFeed(): 0 | 1 {
    if (!this.#afterCarriageReturn || this.#chunk.length === 0) return 0
    this.#afterCarriageReturn = false
    return this.#chunk[0] === lineFeed ? 1 : 0
  }

  #keep(): void {
    if (this.#start >= this.#chunk.length) return
    const piece = this.#chunk.subarray(this.#start)
    this.#start = this.#chunk.length
    this.#pieces.push(piece)
    this.#pending += piece.length
  }

  /** Joins the buffered pieces with the chunk's first bytes. */
  #finished(end: number): Lines {
    const position = this.#position - this.#pending
    const bytes = Buffer.concat([...this.#pieces, this.#chunk.subarray(0, end)])
    this.#pieces = []
    this.#pending = 0
    return { bytes, ranges: Int32Array.of(0, bytes.length), position }
  }
}

function* views({ bytes, ranges }: Lines): Generator<Buffer, void> {
  for (let i = 0; i < ranges.length; i += 2) yield bytes.subarray(ranges[i], ranges[i + 1])
}
