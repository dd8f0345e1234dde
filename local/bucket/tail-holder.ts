import type { ClientRequest } from 'node:http'
import { Writable } from 'node:stream'
import { RejectedBody } from './rejected-body.ts'
import { s3Error } from './s3-xml.ts'
import type { TrailingChecksum } from './trailing-checksum.ts'

/** Maximum bytes after the content of an aws-chunked body. */
const tailBytes = 64 * 1024

export type TailOptions = {
  /** `x-amz-decoded-content-length` of an aws-chunked body. */
  readonly contentLength?: number | undefined
  readonly checksum?: TrailingChecksum | undefined
  /** Must resolve before the last byte of content, which commits the object. */
  readonly beforeEnd?: (() => Promise<void>) | undefined
}

/**
 * Holds back the end of a body until `beforeEnd` resolves. Buffers at most one chunk. Sends the end of an aws-chunked
 * body in one write, because S3Proxy closes the connection if the end does not arrive with the last byte of content.
 */
export class TailHolder extends Writable {
  readonly #outgoing: ClientRequest
  readonly #tail: Buffer[] = []
  readonly #beforeEnd: () => Promise<void>
  readonly #isAwsChunked: boolean
  readonly #checksum: TrailingChecksum | undefined
  #held = 0
  #holds: boolean
  #contentLeft: number
  #chunkLeft = 0
  #size = ''

  constructor(outgoing: ClientRequest, options: TailOptions) {
    super()
    const { contentLength, checksum, beforeEnd = async () => {} } = options
    this.#outgoing = outgoing
    this.#checksum = checksum
    this.#beforeEnd = beforeEnd
    this.#isAwsChunked = contentLength !== undefined
    this.#contentLeft = contentLength ?? 0
    this.#holds = contentLength === 0
  }

  override _write(bytes: Buffer, _encoding: string, done: (error?: Error) => void): void {
    if (this.#isAwsChunked) {
      try {
        this.#writeChunked(bytes, done)
      } catch (error) {
        done(error as RejectedBody)
      }
      return
    }
    const earlier = this.#takeTail()
    this.#hold(bytes)
    this.#send(earlier, done)
  }

  /** @throws RejectedBody */
  #writeChunked(bytes: Buffer, done: (error?: Error) => void): void {
    const from = this.#holds ? 0 : this.#tailStart(bytes)
    if (from !== undefined) {
      this.#holds = true
      this.#hold(bytes.subarray(from))
    }
    if (this.#held > tailBytes) throw new RejectedBody(incompleteBody)
    this.#send(from === undefined ? bytes : bytes.subarray(0, from), done)
  }

  override _final(done: (error?: Error) => void): void {
    this.#end().then(() => done(), done)
  }

  async #end(): Promise<void> {
    if (this.#holds) await this.#verifyTail(Buffer.concat(this.#tail))
    await this.#beforeEnd()
    this.#outgoing.end(this.#takeTail())
  }

  /** @throws RejectedBody */
  async #verifyTail(tail: Buffer): Promise<void> {
    const nextChunk = tail.toString('latin1', this.#contentLeft > 0 ? 1 : 0)
    if (/^\s*0*[1-9a-f]/i.test(nextChunk)) throw new RejectedBody(incompleteBody)
    await this.#checksum?.verify(tail)
  }

  #send(bytes: Buffer, done: () => void): void {
    if (bytes.length === 0 || this.#outgoing.write(bytes)) done()
    else this.#outgoing.once('drain', done)
  }

  #hold(bytes: Buffer): void {
    this.#tail.push(bytes)
    this.#held += bytes.length
  }

  #takeTail(): Buffer {
    this.#held = 0
    const [only, ...others] = this.#tail.splice(0)
    if (only === undefined) return Buffer.alloc(0)
    return others.length === 0 ? only : Buffer.concat([only, ...others])
  }

  /** Returns the index of the last byte of content, if `bytes` includes it. */
  #tailStart(bytes: Buffer): number | undefined {
    for (let at = 0; at < bytes.length; ) {
      const content = Math.min(this.#chunkLeft, this.#contentLeft, bytes.length - at)
      this.#checksum?.update(bytes.subarray(at, at + content))
      if (content > 0 && content === this.#contentLeft) return at + content - 1
      this.#contentLeft -= content
      this.#chunkLeft -= content
      at += content
      if (this.#chunkLeft === 0) at = this.#readSize(bytes, at)
    }
    return undefined
  }

  /** Reads `<CR LF of the last chunk><hex size>[;chunk-signature=…]<CR LF>`, maybe in part. Returns the end index. */
  #readSize(bytes: Buffer, start: number): number {
    const lineEnd = bytes.indexOf(10, start)
    const end = lineEnd === -1 ? bytes.length : lineEnd + 1
    this.#size += bytes.toString('latin1', start, end)
    if (lineEnd !== -1 && this.#size.trim() !== '') {
      const chunk = Number.parseInt(this.#size, 16)
      // The last chunk is empty, and commits the object. S3Proxy ignores content beyond the announced length.
      if (chunk === 0 || chunk > this.#contentLeft) throw new RejectedBody(incompleteBody)
      this.#chunkLeft = chunk || 0
      this.#size = ''
    }
    return end
  }
}

const incompleteBody = s3Error(
  400,
  'IncompleteBody',
  'You did not provide the number of bytes specified by the x-amz-decoded-content-length HTTP header.',
)
