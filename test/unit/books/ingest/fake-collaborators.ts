import type { Bucket } from '../../../../books/ingest/stored-book.ts'
import type { RecordWriter } from '../../../../books/ingest/write-lines.ts'

/** A record as text: value and header. */
export type Taken = readonly [value: string | null, header: string | undefined]

/** Accepts all records, or a limited number between two waits. */
export class FakeWriter implements RecordWriter {
  readonly taken: Taken[] = []
  waits = 0
  acknowledgements = 0
  readonly #roomFor: number
  #room: number

  constructor(roomFor = Number.POSITIVE_INFINITY) {
    this.#roomFor = roomFor
    this.#room = roomFor
  }

  offer(value: Buffer | null, header?: Buffer): boolean {
    if (this.#room === 0) return false
    this.#room--
    this.taken.push([value === null ? null : value.toString('latin1'), header?.toString('latin1')])
    return true
  }

  /** Takes the first lines whose number has as many digits as that of the first one. */
  offerNumbered(bytes: Buffer, ranges: Int32Array, header: Buffer): number {
    const [edition, first] = header.toString('latin1').split(':')
    let taken = 0
    for (; 2 * taken < ranges.length; taken++) {
      const number = String(Number(first) + taken)
      const line = bytes.subarray(ranges[2 * taken], ranges[2 * taken + 1])
      if (number.length > first!.length || !this.offer(line, Buffer.from(`${edition}:${number}`))) break
    }
    return taken
  }

  async room(): Promise<void> {
    this.waits++
    this.#room = this.#roomFor
  }

  async acknowledged(): Promise<void> {
    this.acknowledgements++
  }
}

export type FakeObject = {
  readonly etag: string
  readonly chunks: Iterable<Buffer | Error>
  readonly gzip?: boolean
}

/** A bucket that returns the next object at each request, and then repeats the last one. */
export function bucketShowing(...objects: readonly (FakeObject | undefined)[]): Bucket {
  let next = 0
  const observe = () => objects[Math.min(next++, objects.length - 1)]
  return {
    async open() {
      const object = observe()
      return object && { etag: object.etag, gzip: object.gzip ?? false, chunks: streamOf(object.chunks) }
    },
    etag: async () => observe()?.etag,
  }
}

export async function* streamOf(chunks: Iterable<Buffer | Error>): AsyncGenerator<Buffer, void> {
  for (const chunk of chunks) {
    if (chunk instanceof Error) throw chunk
    yield chunk
  }
}

export function text(etag: string, ...chunks: readonly (string | Error)[]): FakeObject {
  return { etag, chunks: chunks.map((chunk) => (typeof chunk === 'string' ? Buffer.from(chunk) : chunk)) }
}
