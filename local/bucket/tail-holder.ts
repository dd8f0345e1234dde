import type { ClientRequest } from 'node:http'
import { Writable } from 'node:stream'

/** What may follow the content: a last chunk, its signature, a checksum and the trailers' signature. */
const tailBytes = 64 * 1024

/**
 * Sends an aws-chunked body on, but its end in one piece: the last byte of content together with everything after it.
 * S3Proxy answers as soon as it has the last byte of content, and hangs up if it has not received the rest by then;
 * the answer is lost when the rest is sent after that.
 */
export class TailHolder extends Writable {
  readonly #outgoing: ClientRequest
  readonly #tail: Buffer[] = []
  #held = 0
  #holds: boolean
  #contentLeft: number
  #chunkLeft = 0
  #size = ''

  /** `contentLength`: as `x-amz-decoded-content-length` says it. */
  constructor(outgoing: ClientRequest, contentLength: number) {
    super()
    this.#outgoing = outgoing
    this.#contentLeft = contentLength
    this.#holds = contentLength === 0
  }

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    const from = this.#holds ? 0 : this.#tailStart(bytes)
    if (from !== undefined) {
      this.#holds = true
      this.#tail.push(bytes.subarray(from))
      this.#held += bytes.length - from
    }
    const ready = from === undefined ? bytes : bytes.subarray(0, from)
    const flowing = ready.length === 0 || this.#outgoing.write(ready)
    if (this.#held > tailBytes) this.#outgoing.write(this.#takeTail())
    if (flowing) done()
    else this.#outgoing.once('drain', done)
  }

  override _final(done: () => void): void {
    this.#outgoing.end(this.#takeTail())
    done()
  }

  #takeTail(): Buffer {
    this.#held = 0
    return Buffer.concat(this.#tail.splice(0))
  }

  /** Where the last byte of content is, if it is among these. Reads only the chunks' headers. */
  #tailStart(bytes: Buffer): number | undefined {
    for (let at = 0; at < bytes.length; ) {
      const content = Math.min(this.#chunkLeft, bytes.length - at)
      if (content > 0 && content >= this.#contentLeft) return at + this.#contentLeft - 1
      this.#contentLeft -= content
      this.#chunkLeft -= content
      at += content
      if (this.#chunkLeft === 0) at = this.#readSize(bytes, at)
    }
    return undefined
  }

  /** `<CR LF of the last chunk><hex size>[;chunk-signature=…]<CR LF>`, as much of it as is there. Returns where it ends. */
  #readSize(bytes: Buffer, start: number): number {
    const lineEnd = bytes.indexOf(10, start)
    const end = lineEnd === -1 ? bytes.length : lineEnd + 1
    this.#size += bytes.toString('latin1', start, end)
    if (lineEnd !== -1 && this.#size.trim() !== '') {
      this.#chunkLeft = Number.parseInt(this.#size, 16) || 0
      this.#size = ''
    }
    return end
  }
}
