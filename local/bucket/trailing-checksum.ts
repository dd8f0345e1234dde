import type { IncomingHttpHeaders } from 'node:http'
import { type Algorithm, type Digest, digests } from '../../books/ingest/digests.ts'
import { RejectedBody } from './rejected-body.ts'
import { s3Error } from './s3-xml.ts'

/** The checksum after an aws-chunked body, which S3Proxy ignores (Amazon S3 user guide, page "Checking object integrity"). */
export class TrailingChecksum {
  readonly #algorithm: Algorithm
  readonly #digest: Digest

  private constructor(algorithm: Algorithm) {
    this.#algorithm = algorithm
    this.#digest = digests[algorithm]()
  }

  static announcedIn(headers: IncomingHttpHeaders): TrailingChecksum | undefined {
    const [, name = ''] = /x-amz-checksum-(\w+)/i.exec(String(headers['x-amz-trailer'])) ?? []
    const algorithm = name.toUpperCase()
    return algorithm in digests ? new TrailingChecksum(algorithm as Algorithm) : undefined
  }

  update(content: Buffer): void {
    this.#digest.update(content)
  }

  /** @param tail the end of the body, with the trailer @throws RejectedBody */
  async verify(tail: Buffer): Promise<void> {
    const name = `x-amz-checksum-${this.#algorithm}`
    const [, given] = new RegExp(`^${name}:\\s*(\\S+)`, 'im').exec(tail.toString('latin1')) ?? []
    if (given === undefined) throw new RejectedBody(malformedTrailer)
    if (given !== Buffer.from(await this.#digest.digest()).toString('base64')) {
      const message = `The ${this.#algorithm} you specified did not match the calculated checksum.`
      throw new RejectedBody(s3Error(400, 'BadDigest', message))
    }
  }
}

const malformedTrailer = s3Error(
  400,
  'MalformedTrailerError',
  'The request contained trailing data that was not well-formed or did not conform to our published schema.',
)
